/** What several places show of packages: their mark, what they give, what of it is held, how they stand. */
import { BoxRegular, CheckmarkCircleRegular, WarningRegular } from '@fluentui/react-icons';
import { Link } from '@tanstack/react-router';
import type { PackageAssignment, PackageRequestState, Question, RoleScope } from '../../api/packages';
import { locale, t } from '../../i18n';
import { useNames } from '../../parts/PeoplePicker';
import type { Standing } from '../../parts/status';
import { useMinute } from '../../time/clock';
import { millis, until } from '../../time/format';
import { assignmentEnd } from './period';

export { assignmentEnd };

/** The mark of a package. */
export const PackageMark = () => (
  <span className="mark" aria-hidden>
    <BoxRegular />
  </span>
);

/** How a request stands, and its words. */
export function packageStanding(state: PackageRequestState): readonly [Standing, string] {
  switch (state) {
    case 'pendingApproval':
      return ['pending', t('status.pending')];
    case 'scheduled':
      return ['scheduled', t('status.scheduledShort')];
    case 'submitted':
    case 'delivering':
      return ['reaching', t('packages.state.delivering')];
    case 'delivered':
      return ['active', t('packages.state.delivered')];
    case 'partiallyDelivered':
      return ['outside', t('packages.state.partly')];
    case 'deliveryFailed':
      return ['refused', t('packages.state.failed')];
    case 'denied':
      return ['denied', t('status.denied')];
    case 'canceled':
      return ['ended', t('status.canceled')];
  }
}

/** How what somebody has stands, and its words. */
export function assignmentStanding(assignment: PackageAssignment, now: number): readonly [Standing, string] {
  const end = assignmentEnd(assignment);
  const lost = assignment['@ephor.roles'].filter((one) => !one.held).length;
  if (assignment.state === 'expired' || (end !== undefined && end <= now)) return ['ended', t('packages.state.over')];
  if (assignment.state === 'delivering') return ['scheduled', t('status.scheduledShort')];
  if (lost > 0) return ['outside', t('packages.lost', { count: lost })];
  return ['active', t('packages.state.delivered')];
}

/** The group that a role is of, by where it comes from. */
export const groupOf = (role: { originId: string }) => role.originId.split('_').at(-1) ?? '';

/** What a package gives, in few words. */
export function Gives({ roles }: { roles: readonly RoleScope[] }) {
  const names = useNames(roles.map((one) => groupOf(one.role)));
  if (roles.length === 0) return <p className="secondary package-gives">{t('packages.givesNothing')}</p>;
  return (
    <ul className="package-gives chips">
      {roles.map((one, at) => (
        <li key={one.id} className="status idle outline">
          {t('packages.roleOf', { role: roleName(one.role.displayName), group: names[at] ?? '' })}
        </li>
      ))}
    </ul>
  );
}

/** The name of a role in the language that is spoken. */
export function roleName(role: string): string {
  const known = { Member: 'role.member', Owner: 'role.owner', 'Eligible Member': 'packages.role.eligibleMember', 'Eligible Owner': 'packages.role.eligibleOwner' } as const;
  return role in known ? t(known[role as keyof typeof known]) : role;
}

/** What was granted beside what is held (R-G4). */
export function HeldRoles({ assignment }: { assignment: PackageAssignment }) {
  const now = useMinute();
  const end = assignmentEnd(assignment);
  return (
    <ul className="package-held">
      {assignment['@ephor.roles'].map((one) => {
        const sooner = one.held && one.until !== null && (end === undefined || millis(one.until) < end - 1_000);
        return (
          <li key={`${one.groupId} ${one.role}`} className={one.held && !sooner ? '' : 'warns'}>
            {one.held && !sooner ? <CheckmarkCircleRegular aria-hidden /> : <WarningRegular aria-label={t('approve.warning')} />}
            <span>
              <Link to="/groups/$id/{-$tab}" params={{ id: one.groupId, tab: 'overview' }}>
                {t('packages.roleOf', { role: roleName(one.role), group: one.group ?? one.groupId })}
              </Link>{' '}
              <span className="secondary num">
                {one.held ? (sooner ? t('packages.heldSooner', { until: until(one.until, now), package: until(end, now) }) : until(one.until, now)) : t('packages.notHeld')}
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** A question in the language that is spoken, where it has that. */
export function questionText({ text, localizations = [] }: Pick<Question, 'text' | 'localizations'>): string {
  const spoken = locale().slice(0, 2);
  return localizations.find((one) => one.languageCode.slice(0, 2).toLowerCase() === spoken)?.text ?? text;
}
