import { type TSchema, Type } from 'typebox'

/** A property that the other side may leave out or send as null: Partner Center documents nearly every field so. */
export function nullable<T extends TSchema>(schema: T, options: { title?: string; description?: string } = {}) {
  return Type.Optional(Type.Union([schema, Type.Null()], options))
}
