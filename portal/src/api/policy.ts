/** A role's policy: Graph's 17 rules as one plain thing, and back into the rules that changed. */
import { fromIso, toIso } from '../time/duration';
import type { Access } from './types';

/** Somebody who may approve. */
export interface Approver {
  kind: 'user' | 'group';
  id: string;
}

/** Who hears of an event by mail. */
export interface Notice {
  toDefault: boolean;
  others: string[];
  criticalOnly: boolean;
}

/** Of what notices tell. */
export const occasions = ['Admin_Eligibility', 'Admin_Assignment', 'EndUser_Assignment'] as const;
/** Whom they tell. */
export const recipients = ['Admin', 'Requestor', 'Approver'] as const;
/** Which notice. */
export type NoticeKey = `${(typeof recipients)[number]}_${(typeof occasions)[number]}`;

/** What a policy says, in milliseconds where it is of time. */
export interface Settings {
  activationMax: number;
  signIn: 'nothing' | 'mfa' | 'context';
  context: string;
  reason: boolean;
  ticket: boolean;
  approval: boolean;
  approvers: Approver[];
  eligibleEnds: boolean;
  eligibleMax: number;
  activeEnds: boolean;
  activeMax: number;
  activeMfa: boolean;
  activeReason: boolean;
  notices: Record<NoticeKey, Notice>;
}

/** One of Graph's rules, as far as it is read here. */
export interface Rule {
  '@odata.type': string;
  id: string;
  isExpirationRequired?: boolean;
  maximumDuration?: string;
  enabledRules?: string[];
  isEnabled?: boolean;
  claimValue?: string | null;
  setting?: {
    isApprovalRequired?: boolean;
    approvalStages?: { primaryApprovers?: ({ '@odata.type': string; userId?: string; groupId?: string; id?: string })[] }[];
  };
  notificationLevel?: 'None' | 'Critical' | 'All';
  isDefaultRecipientsEnabled?: boolean;
  notificationRecipients?: string[];
}

/** A policy with where it belongs. */
export interface Policy {
  id: string;
  access: Access;
  modified: string | null;
  modifiedBy: string | null;
  settings: Settings;
}

/** An assignment of a policy, as Graph answers it. */
export interface PolicyAssignment {
  policyId: string;
  roleDefinitionId: string;
  scopeType: string;
  policy: { id: string; lastModifiedDateTime: string | null; lastModifiedBy: { displayName: string | null } | null; rules: Rule[] };
}

/** Reads the rules. */
export function settingsOf(rules: Rule[]): Settings {
  const rule = (id: string) => rules.find((one) => one.id === id);
  const enabled = (id: string) => rule(id)?.enabledRules ?? [];
  const approval = rule('Approval_EndUser_Assignment')?.setting;
  const context = rule('AuthenticationContext_EndUser_Assignment');
  const eligible = rule('Expiration_Admin_Eligibility');
  const active = rule('Expiration_Admin_Assignment');
  const notices = {} as Record<NoticeKey, Notice>;
  for (const occasion of occasions) {
    for (const recipient of recipients) {
      const said = rule(`Notification_${recipient}_${occasion}`);
      notices[`${recipient}_${occasion}`] = {
        toDefault: said?.isDefaultRecipientsEnabled ?? true,
        others: said?.notificationRecipients ?? [],
        criticalOnly: said?.notificationLevel === 'Critical',
      };
    }
  }
  const onActivation = enabled('Enablement_EndUser_Assignment');
  return {
    activationMax: fromIso(rule('Expiration_EndUser_Assignment')?.maximumDuration) ?? 8 * 3_600_000,
    signIn: context?.isEnabled === true ? 'context' : onActivation.includes('MultiFactorAuthentication') ? 'mfa' : 'nothing',
    context: context?.claimValue ?? '',
    reason: onActivation.includes('Justification'),
    ticket: onActivation.includes('Ticketing'),
    approval: approval?.isApprovalRequired ?? false,
    approvers: (approval?.approvalStages?.[0]?.primaryApprovers ?? []).flatMap((one): Approver[] => {
      if (one['@odata.type'].endsWith('groupMembers')) return one.groupId === undefined ? [] : [{ kind: 'group', id: one.groupId }];
      const id = one.userId ?? one.id;
      return id === undefined ? [] : [{ kind: 'user', id }];
    }),
    eligibleEnds: eligible?.isExpirationRequired ?? true,
    eligibleMax: fromIso(eligible?.maximumDuration) ?? 365 * 86_400_000,
    activeEnds: active?.isExpirationRequired ?? true,
    activeMax: fromIso(active?.maximumDuration) ?? 180 * 86_400_000,
    activeMfa: enabled('Enablement_Admin_Assignment').includes('MultiFactorAuthentication'),
    activeReason: enabled('Enablement_Admin_Assignment').includes('Justification'),
    notices,
  };
}

/** Reads an assignment of a policy. */
export function policyOf(assignment: PolicyAssignment): Policy {
  return {
    id: assignment.policyId,
    access: assignment.scopeType === 'DirectoryRole' ? 'role' : assignment.roleDefinitionId === 'owner' ? 'owner' : 'member',
    modified: assignment.policy.lastModifiedDateTime,
    modifiedBy: assignment.policy.lastModifiedBy?.displayName ?? null,
    settings: settingsOf(assignment.policy.rules),
  };
}

/** The settings there are, in the order of their tabs. */
export type Field = Exclude<keyof Settings, 'notices'> | NoticeKey;

const TYPE = '#microsoft.graph.unifiedRoleManagementPolicy';

/** Which fields differ. */
export function changedFields(before: Settings, after: Settings): Field[] {
  const plain = (Object.keys(before) as (keyof Settings)[])
    .filter((key): key is Exclude<keyof Settings, 'notices'> => key !== 'notices')
    .filter((key) => {
      // What is switched off has no value that could differ.
      if (key === 'context' && before.signIn !== 'context' && after.signIn !== 'context') return false;
      if (key === 'eligibleMax' && !before.eligibleEnds && !after.eligibleEnds) return false;
      if (key === 'activeMax' && !before.activeEnds && !after.activeEnds) return false;
      return JSON.stringify(before[key]) !== JSON.stringify(after[key]);
    });
  const notices = (Object.keys(before.notices) as NoticeKey[]).filter(
    (key) => JSON.stringify(before.notices[key]) !== JSON.stringify(after.notices[key]),
  );
  return [...plain, ...notices];
}

/** The rules to send, so that `before` becomes `after`: those that changed, whole. */
export function rulesFor(before: Settings, after: Settings): object[] {
  const changed = new Set<Field>(changedFields(before, after));
  const any = (...fields: Field[]) => fields.some((field) => changed.has(field));
  const rules: object[] = [];
  const expiration = (id: string, required: boolean, max: number) => ({
    '@odata.type': `${TYPE}ExpirationRule`,
    id,
    isExpirationRequired: required,
    ...(required ? { maximumDuration: toIso(max) } : {}),
  });
  if (any('activationMax')) rules.push(expiration('Expiration_EndUser_Assignment', true, after.activationMax));
  if (any('eligibleEnds', 'eligibleMax')) rules.push(expiration('Expiration_Admin_Eligibility', after.eligibleEnds, after.eligibleMax));
  if (any('activeEnds', 'activeMax')) rules.push(expiration('Expiration_Admin_Assignment', after.activeEnds, after.activeMax));
  const enablement = (id: string, mfa: boolean, reason: boolean, ticket: boolean) => ({
    '@odata.type': `${TYPE}EnablementRule`,
    id,
    enabledRules: [...(mfa ? ['MultiFactorAuthentication'] : []), ...(reason ? ['Justification'] : []), ...(ticket ? ['Ticketing'] : [])],
  });
  if (any('signIn', 'reason', 'ticket')) {
    rules.push(enablement('Enablement_EndUser_Assignment', after.signIn === 'mfa', after.reason, after.ticket));
  }
  if (any('activeMfa', 'activeReason')) rules.push(enablement('Enablement_Admin_Assignment', after.activeMfa, after.activeReason, false));
  if (any('signIn', 'context')) {
    rules.push({
      '@odata.type': `${TYPE}AuthenticationContextRule`,
      id: 'AuthenticationContext_EndUser_Assignment',
      isEnabled: after.signIn === 'context',
      claimValue: after.signIn === 'context' ? after.context : '',
    });
  }
  if (any('approval', 'approvers')) {
    rules.push({
      '@odata.type': `${TYPE}ApprovalRule`,
      id: 'Approval_EndUser_Assignment',
      setting: {
        isApprovalRequired: after.approval,
        approvalStages: [
          {
            primaryApprovers: after.approvers.map((one) =>
              one.kind === 'group'
                ? { '@odata.type': '#microsoft.graph.groupMembers', groupId: one.id }
                : { '@odata.type': '#microsoft.graph.singleUser', userId: one.id },
            ),
          },
        ],
      },
    });
  }
  for (const key of Object.keys(after.notices) as NoticeKey[]) {
    if (!changed.has(key)) continue;
    const notice = after.notices[key];
    rules.push({
      '@odata.type': `${TYPE}NotificationRule`,
      id: `Notification_${key}`,
      notificationType: 'Email',
      recipientType: key.split('_')[0],
      notificationLevel: notice.criticalOnly ? 'Critical' : 'All',
      isDefaultRecipientsEnabled: notice.toDefault,
      notificationRecipients: notice.others,
    });
  }
  return rules;
}
