import { byteMutations, type Mutation } from '../fuzz/byte-mutations.ts'
import { lengthMutation, treeMutations } from '../fuzz/der-mutations.ts'

/** What is done to a certificate; the other one is of the same chain. */
export const certificateMutations: Readonly<Record<string, Mutation>> = {
  ...byteMutations,
  'length field': lengthMutation,
  'swapped elements': treeMutations.swap,
  'element of another': treeMutations.graft,
  'dropped element': treeMutations.drop,
  'doubled element': treeMutations.double,
  'other tag': treeMutations.retag,
  'other contents': treeMutations.contents
}
