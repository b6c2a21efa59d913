import t from 'tap'
import { holds } from '../../../src/flow/expression/condition.ts'
import type { Json } from '../../../src/flow/json.ts'
import { scopeWith } from '../fixtures/scope.ts'

const scope = scopeWith({ trigger: { body: { team: null, status: 'New' } }, variables: { LeadId: '' } })

t.test('conditions of the designer and of the code view', async t => {
  const cases: [condition: Json, expected: boolean][] = [
    [{ equals: ["@triggerBody()?['status']", 'New'] }, true],
    [{ not: { equals: ["@variables('LeadId')", '@null'] } }, true],
    [{ equals: ["@triggerBody()?['status']", "'New'"] }, false],
    [{ and: [{ greater: [2, 1] }, { contains: ['abc', 'b'] }, { startsWith: ['Abc', 'a'] }] }, true],
    [{ or: [{ equals: [1, 2] }, { endsWith: ['abc', 'c'] }] }, true],
    [{ and: [{ not: { equals: ["@triggerBody()?['team']", '@null'] } }, { greater: ["@length(triggerBody()?['team'])", 0] }] }, false],
    [{ and: [] }, true],
    ["@equals(triggerBody()?['status'],'New')", true],
    ["@{equals(triggerBody()?['status'],'New')}", true],
    [true, true]
  ]
  for (const [condition, expected] of cases) t.equal(holds(condition, scope), expected, JSON.stringify(condition))
})

t.test('what is no condition fails', async t => {
  const cases: Json[] = ['yes', null, 1, { equals: [1] }, { shout: ['x'] }, { and: { equals: [1, 1] } }, { equals: [1, 1], not: true }, {}]
  for (const condition of cases) t.throws(() => holds(condition, scope), JSON.stringify(condition))
})
