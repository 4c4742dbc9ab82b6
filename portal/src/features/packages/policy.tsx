/** A package's policy: what a new one has, and how each is said. */
import type { PackagePolicy, PolicyStage, SubjectSet, TargetScope } from '../../api/packages';
import { t } from '../../i18n';
import { useNames } from '../../parts/PeoplePicker';
import { fromIso } from '../../time/duration';
import { date, length } from '../../time/format';
import { or } from '../../words';

/** A set of people by what it is. */
export const isSet = (set: SubjectSet, kind: string) => set['@odata.type'].endsWith(kind);

/** The id that a set names. */
export const idOf = (set: SubjectSet) => set.userId ?? set.groupId;

/** A stage that nobody was named for yet. */
export const freshStage = (): PolicyStage => ({
  durationBeforeAutomaticDenial: 'P14D',
  isApproverJustificationRequired: false,
  isEscalationEnabled: false,
  durationBeforeEscalation: 'PT0S',
  primaryApprovers: [],
  fallbackPrimaryApprovers: [],
  escalationApprovers: [],
  fallbackEscalationApprovers: [],
});

/** What a new policy has. */
export const freshPolicy = (): Omit<PackagePolicy, 'id'> => ({
  displayName: '',
  description: null,
  allowedTargetScope: 'allMemberUsers',
  specificAllowedTargets: [],
  expiration: { type: 'afterDuration', duration: 'P90D' },
  requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true, allowCustomAssignmentSchedule: true },
  requestApprovalSettings: { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: true, stages: [freshStage()] },
  questions: [],
  reviewSettings: null,
});

const scopes: Record<TargetScope, 'policy.scope.nobody' | 'policy.scope.named' | 'policy.scope.members' | 'policy.scope.all'> = {
  notSpecified: 'policy.scope.nobody',
  specificDirectoryUsers: 'policy.scope.named',
  allMemberUsers: 'policy.scope.members',
  allDirectoryUsers: 'policy.scope.all',
};

/** Whom it is for, in a word. */
export const scopeName = (scope: TargetScope) => t(scopes[scope]);

/** How long it gives the package, in words. */
export function lasts({ expiration }: Pick<PackagePolicy, 'expiration'>): string {
  if (expiration.endDateTime) return t('policy.lasts.until', { when: date(expiration.endDateTime) });
  const span = fromIso(expiration.duration);
  return span === undefined ? t('policy.lasts.ever') : t('policy.lasts.for', { length: length(span) });
}

/** The names of who decides. */
export function useDecidersOf(stages: readonly PolicyStage[]): string[] {
  const sets = stages.flatMap((stage) => stage.primaryApprovers);
  const named = useNames(sets.flatMap((set) => idOf(set) ?? []));
  return [...named, ...(sets.some((set) => isSet(set, 'anager')) ? [t('policy.manager')] : []), ...(sets.some((set) => isSet(set, 'ponsors')) ? [t('policy.sponsor')] : [])];
}

/** A policy in sentences. */
export function PolicyWords({ policy }: { policy: Omit<PackagePolicy, 'id'> }) {
  const { requestApprovalSettings: approval } = policy;
  const targets = useNames(policy.specificAllowedTargets.flatMap((set) => idOf(set) ?? []));
  const names = useDecidersOf(approval.stages);
  const asks = policy.allowedTargetScope !== 'notSpecified' && policy.requestorSettings.enableTargetsToSelfAddAccess;
  return (
    <p className="secondary">
      {!asks ? t('policy.onlyAssigned') : policy.allowedTargetScope === 'specificDirectoryUsers' ? t('policy.mayAsk', { who: or(targets) }) : t('policy.mayAsk', { who: scopeName(policy.allowedTargetScope) })}{' '}
      {!asks ? '' : approval.isApprovalRequiredForAdd ? (approval.stages.length > 1 ? t('policy.stages', { count: approval.stages.length, names: or(names) }) : t('handed.approves', { names: or(names) })) : t('handed.nobody')}{' '}
      {lasts(policy)}
      {asks && policy.questions.length > 0 ? ` ${t('policy.questions', { count: policy.questions.length })}` : ''}
    </p>
  );
}
