import { describe, expect, it } from 'vitest';
import { HOUR } from '../time/duration';
import { changedFields, rulesFor, settingsOf, type Rule } from './policy';

const T = '#microsoft.graph.unifiedRoleManagementPolicy';
const rules: Rule[] = [
  { '@odata.type': `${T}ExpirationRule`, id: 'Expiration_EndUser_Assignment', isExpirationRequired: true, maximumDuration: 'PT4H' },
  { '@odata.type': `${T}EnablementRule`, id: 'Enablement_EndUser_Assignment', enabledRules: ['MultiFactorAuthentication', 'Justification'] },
  { '@odata.type': `${T}ExpirationRule`, id: 'Expiration_Admin_Eligibility', isExpirationRequired: false },
  {
    '@odata.type': `${T}ApprovalRule`,
    id: 'Approval_EndUser_Assignment',
    setting: { isApprovalRequired: true, approvalStages: [{ primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: 'u' }, { '@odata.type': '#microsoft.graph.groupMembers', groupId: 'g' }] }] },
  },
];

describe('a policy', () => {
  it('is read from the rules of Graph', () => {
    const settings = settingsOf(rules);
    expect(settings).toMatchObject({ activationMax: 4 * HOUR, signIn: 'mfa', reason: true, ticket: false, approval: true, eligibleEnds: false });
    expect(settings.approvers).toEqual([{ kind: 'user', id: 'u' }, { kind: 'group', id: 'g' }]);
  });

  it('that did not change sends nothing', () => {
    expect(rulesFor(settingsOf(rules), settingsOf(rules))).toEqual([]);
  });

  it('sends whole rules, and only those that changed (R-C1)', () => {
    const before = settingsOf(rules);
    const sent = rulesFor(before, { ...before, activationMax: 2 * HOUR, ticket: true }) as Rule[];
    expect(sent.map((rule) => rule.id)).toEqual(['Expiration_EndUser_Assignment', 'Enablement_EndUser_Assignment']);
    expect(sent[0]).toMatchObject({ maximumDuration: 'PT2H', isExpirationRequired: true });
    expect(sent[1]?.enabledRules).toEqual(['MultiFactorAuthentication', 'Justification', 'Ticketing']);
  });

  it('never asks for a second factor and a context at once', () => {
    const before = settingsOf(rules);
    const sent = rulesFor(before, { ...before, signIn: 'context', context: 'c1' }) as Rule[];
    expect(sent.find((rule) => rule.id === 'Enablement_EndUser_Assignment')?.enabledRules).toEqual(['Justification']);
    expect(sent.find((rule) => rule.id.startsWith('AuthenticationContext'))).toMatchObject({ isEnabled: true, claimValue: 'c1' });
  });

  it('without an end needs no maximum', () => {
    const before = settingsOf(rules);
    expect(changedFields(before, { ...before, eligibleMax: 1 })).toEqual([]);
    const [rule] = rulesFor(before, { ...before, eligibleEnds: true, eligibleMax: 90 * 24 * HOUR }) as Rule[];
    expect(rule).toMatchObject({ id: 'Expiration_Admin_Eligibility', isExpirationRequired: true, maximumDuration: 'P90D' });
  });
});
