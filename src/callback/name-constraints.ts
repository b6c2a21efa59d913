import { type Certificate, isSelfIssued } from './certificate.ts'
import { attributeTypes, isComparable } from './distinguished-name.ts'
import type { NameConstraints } from './extensions.ts'
import type { GeneralName } from './general-names.ts'
import { isJudgeable, isWithin } from './name-matching.ts'

/** How many comparisons of names are left; hostile certificates hold thousands of names and thousands of constraints. */
export interface ComparisonBudget {
  comparisons: number
}

/**
 * Why the names of the certificates below a constrained one (leaf first) are not within its constraints, or nothing.
 * Self-issued certificates are let through, but for the leaf. Source: RFC 5280 sections 4.2.1.10 and 6.1.3.
 */
export function nameFault(
  below: readonly Certificate[],
  constraints: NameConstraints | undefined,
  budget: ComparisonBudget
): string | undefined {
  if (constraints === undefined) return undefined
  for (const [index, certificate] of below.entries()) {
    if (index > 0 && isSelfIssued(certificate)) continue
    for (const name of namesOf(certificate, index === 0)) {
      budget.comparisons -= constraints.permitted.length + constraints.excluded.length
      if (budget.comparisons < 0) return 'takes part in too many comparisons of names'
      const permitted = constraints.permitted.filter(base => isSameKind(base, name))
      const excluded = constraints.excluded.filter(base => isSameKind(base, name))
      if (permitted.length === 0 && excluded.length === 0) continue
      if (!isJudgeable(name) || (excluded.length > 0 && ![name, ...excluded].every(isDecidable)))
        return 'constrains a name that cannot be judged'
      if (excluded.some(base => isWithin(name, base, 'excluded'))) return 'excludes a name of a certificate below it'
      if (permitted.length > 0 && !permitted.some(base => isWithin(name, base, 'permitted'))) {
        return 'does not permit a name of a certificate below it'
      }
    }
  }
  return undefined
}

/** A directory name must not escape its exclusion by being written in another string type. */
function isDecidable(name: GeneralName): boolean {
  return name.kind !== 'directory' || isComparable(name.name)
}

function isSameKind(base: GeneralName, name: GeneralName): boolean {
  return base.kind === name.kind && (base.kind !== 'other' || name.kind !== 'other' || base.tag === name.tag)
}

/**
 * All names a certificate claims: the subject, its mail addresses, and the alternative names; for a leaf without any DNS name also the common
 * name, where it has the form of one, since it then serves as one.
 */
function namesOf({ subject, extensions }: Certificate, isLeaf: boolean): GeneralName[] {
  const names: GeneralName[] = [...(extensions.alternativeNames ?? [])]
  if (subject.rdns.length > 0) names.push({ kind: 'directory', name: subject })
  const hasDnsName = names.some(({ kind }) => kind === 'dns')
  for (const { type, text } of subject.attributes) {
    if (type === attributeTypes.emailAddress) names.push({ kind: 'email', text })
    if (type === attributeTypes.commonName && isLeaf && !hasDnsName && /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)+$/i.test(text)) {
      names.push({ kind: 'dns', text })
    }
  }
  return names
}
