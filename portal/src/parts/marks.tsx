/** People are round, groups are square: the same mark for the same thing wherever it appears. */
import { Avatar } from '@fluentui/react-components';
import {
  BoxRegular,
  BranchForkRegular,
  CallRegular,
  DatabaseRegular,
  GlobeRegular,
  KeyRegular,
  MoneyRegular,
  PeopleRegular,
  PulseRegular,
  RocketRegular,
  ServerRegular,
  ShieldKeyholeRegular,
  ShieldRegular,
} from '@fluentui/react-icons';
import type { FluentIcon } from '@fluentui/react-icons';

const kinds: [RegExp, FluentIcon][] = [
  [/administrator|\breader\b/i, ShieldKeyholeRegular],
  [/on-?call|pager|bereitschaft/i, CallRegular],
  [/glass|emergency|domain.?admin|tier.?0|\bt0\b/i, ShieldRegular],
  [/data(base)?s?\b|\bdb\b|sql/i, DatabaseRegular],
  [/kube|k8s|cluster|container/i, BoxRegular],
  [/key|sign|secret|cert|vault/i, KeyRegular],
  [/vpn|net|gateway|site|edge/i, GlobeRegular],
  [/pay|bill|finance|salar|account/i, MoneyRegular],
  [/release|deploy|\bci\b|rollout/i, RocketRegular],
  [/monitor|alert|log\b|audit/i, PulseRegular],
  [/prod|server|machine|host|infra/i, ServerRegular],
  [/code|repo|git/i, BranchForkRegular],
];

/** The icon for a group, by what its name says it is for. */
export function groupIcon(name: string | null | undefined): FluentIcon {
  return kinds.find(([words]) => words.test(name ?? ''))?.[1] ?? PeopleRegular;
}

/** A group's square. */
export function GroupMark({ name, small = false }: { name?: string | null | undefined; small?: boolean }) {
  const Icon = groupIcon(name);
  return (
    <span className={small ? 'mark small' : 'mark'} aria-hidden>
      <Icon />
    </span>
  );
}

/** A person's circle, a group's or a program's square. */
export function PrincipalMark({ name, kind = 'user', size = 28 }: { name?: string | null | undefined; kind?: 'user' | 'group' | 'servicePrincipal'; size?: 28 | 36 | 48 }) {
  if (kind === 'group') return <GroupMark name={name} small={size === 28} />;
  if (kind === 'servicePrincipal') {
    return (
      <span className={size === 28 ? 'mark small' : 'mark'} aria-hidden>
        <ServerRegular />
      </span>
    );
  }
  return <Avatar aria-hidden name={name ?? '?'} color="colorful" size={size} />;
}

/** Ephor's mark. */
export function Logo() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden className="logo">
      <rect width="24" height="24" rx="6" fill="#0B6A7F" />
      <path d="M17.2 8.6A6.2 6.2 0 1 1 12 5.8" fill="none" stroke="#fff" strokeWidth="2.4" strokeLinecap="round" />
      <circle cx="12" cy="12" r="2" fill="#fff" />
    </svg>
  );
}
