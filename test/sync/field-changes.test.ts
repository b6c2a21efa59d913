import t from 'tap'
import { fieldChanges, referralChanges } from '../../src/sync/field-changes.ts'

t.test('business data is shown, people are masked, free text has a length', async t => {
  const before = { subject: 'Old', email: 'joe@example.com', description: 'x'.repeat(1200), estimatedAmount: 1 }
  const after = { subject: 'New', email: 'ann@example.com', description: 'secret notes', new_region: 'north', lastName: '' }
  const names = ['subject', 'email', 'description', 'estimatedAmount', 'new_region', 'lastName']
  t.same(fieldChanges(before, after, names), [
    { field: 'subject', from: 'Old', to: 'New' },
    { field: 'email', from: 'j… (15)', to: 'a… (15)' },
    { field: 'description', from: '1200 characters', to: '12 characters' },
    { field: 'estimatedAmount', from: '1' },
    { field: 'new_region', to: '5 characters' },
    { field: 'lastName', to: '… (0)' }
  ])
  t.equal(fieldChanges({}, { subject: 'y'.repeat(400) }, ['subject'])[0]?.to?.length, 101)
})

t.test('a letter of two units stays whole', async t => {
  t.same(fieldChanges({}, { firstName: '😀😀' }, ['firstName']), [{ field: 'firstName', to: '😀… (4)' }])
})

t.test('what an edit of a referral changed', async t => {
  const read = { id: '1', status: 'New', details: { dealValue: 5, notes: 'long' } }
  t.same(referralChanges(read, { status: 'Active', dealValue: 6, notes: 'longer' }, ['status', 'dealValue', 'notes']), [
    { field: 'status', from: 'New', to: 'Active' },
    { field: 'dealValue', from: '5', to: '6' },
    { field: 'notes', to: '6 characters' }
  ])
})
