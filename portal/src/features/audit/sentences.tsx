/** Each kind of event as one whole sentence, never glued from parts. */
import {
  ArrowSyncRegular,
  BoxRegular,
  CheckmarkRegular,
  ClockRegular,
  DismissRegular,
  DocumentSearchRegular,
  HistoryRegular,
  KeyRegular,
  PeopleTeamRegular,
  PersonAddRegular,
  PersonRegular,
  SendRegular,
  SettingsRegular,
  ShieldDismissRegular,
  WarningRegular,
  type FluentIcon,
} from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { packageNamed } from '../../api/packages';
import { directoryObject, directoryRole, unit as unitQuery } from '../../api/queries';
import type { AuditEntry } from '../../api/types';
import { Say, t, tMaybe, type MessageKey } from '../../i18n';
import type { Meaning } from '../../theme';
import { fromIso } from '../../time/duration';
import { length, millis, point } from '../../time/format';
import { accessNoun, and } from '../../words';
import { Named } from '../../parts/named';

/** The id in an actor, as the API writes actors; none for the operator and the clock. */
export function actorId(actor: unknown): string | undefined {
  if (typeof actor !== 'object' || actor === null) return undefined;
  const found = actor as Record<string, unknown>;
  const id = found.user ?? found.application ?? found.servicePrincipal;
  if (typeof id === 'object' && id !== null) return (id as { id?: string }).id;
  return typeof id === 'string' ? id : undefined;
}

/** What somebody or a group is called now; else their id, cut short. */
export function Name({ id, otherwise }: { id: string | undefined; otherwise?: string | undefined }) {
  const known = useQuery({ ...directoryObject(id ?? ''), enabled: id !== undefined, retry: false }).data;
  if (id === undefined) return <strong><Named of={otherwise ?? t('audit.ephor')} /></strong>;
  return <strong title={id}><Named of={known?.displayName ?? `${id.slice(0, 8)}…`} /></strong>;
}

/** What a directory role is called. */
export function RoleName({ id }: { id: string }) {
  const known = useQuery({ ...directoryRole(id), retry: false }).data;
  return <strong title={id}><Named of={known?.displayName ?? `${id.slice(0, 8)}…`} /></strong>;
}

/** What an administrative unit is called now, or was as it was written down. */
function UnitName({ unit }: { unit: Fact['unit'] }) {
  const id = idOf(unit);
  const known = useQuery({ ...unitQuery(id ?? ''), enabled: id !== undefined, retry: false }).data;
  return <strong><Named of={known?.displayName ?? (typeof unit === 'object' ? unit.displayName : undefined) ?? `${(id ?? '').slice(0, 8)}…`} /></strong>;
}

interface RequestFact {
  id?: string;
  action?: string;
  group?: string;
  access?: string;
  definition?: string;
  scope?: string;
  principal?: string;
  justification?: string | null;
  kind?: string;
  info?: { startsAt?: string | null; expiration?: { after?: string; at?: string } | string };
  outcome?: string | Record<string, unknown>;
  review?: { decision?: string; by?: unknown; justification?: string | null };
  policyVersion?: number;
}

interface Fact {
  request?: RequestFact | null;
  schedule?: { id?: string; principal?: { id?: string }; span?: { startsAt?: string; endsAt?: string | null }; kind?: string } | null;
  group?: string | { id?: string; displayName?: string };
  user?: string | { id?: string; displayName?: string };
  principal?: string | { id?: string };
  access?: string;
  version?: number;
  role?: string;
  by?: number;
  id?: string;
  kind?: string;
  ended?: { id?: string; kind?: string; principal?: { id?: string }; why?: string }[];
  unit?: string | { id?: string; displayName?: string };
  member?: { id?: string; kind?: string };
  definition?: string | { id?: string };
  attempt?: { operation?: string; group?: string; definition?: string; access?: string; principal?: string; detail?: string };
  entry?: {
    what?: string;
    methods?: string[];
    method?: string;
    why?: string;
    catalog?: { displayName?: string };
    resource?: { group?: string };
    package?: string | { id?: string; displayName?: string };
    policy?: { displayName?: string; package?: string };
    after?: { id?: string; displayName?: string; package?: string; target?: string };
    request?: { id?: string; action?: string; package?: string; target?: string; justification?: string | null; reviews?: { decision?: string; justification?: string | null }[] };
    assignment?: { package?: string; target?: string; principal?: { id?: string } };
    target?: string;
  };
  after?: { id?: string; displayName?: string };
  refusal?: { code?: string; sentence?: string; rules?: { rule: string; sentence: string }[] };
}

/** An event as it is told. */
export interface Told {
  icon: FluentIcon;
  tone: Meaning;
  line: ReactNode;
  /** Below it: the reason, in quotes, or what was wrong. */
  detail?: string | undefined;
  refused: boolean;
  /** Rules that failed. */
  rules: { rule: string; sentence: string }[];
  request?: string | undefined;
  group?: string | undefined;
  /** What is called a group is a directory role. */
  of: 'role' | undefined;
  principal?: string | undefined;
}

const quoted = (text: string | null | undefined) => (text === null || text === undefined || text === '' ? undefined : `“${text}”`);
const idOf = (what: string | { id?: string } | null | undefined) => (typeof what === 'string' ? what : what?.id);
const sentence = (text: string) => (text === '' ? text : text.charAt(0).toUpperCase() + text.slice(1));

function asks(request: RequestFact | null | undefined): string {
  const expiration = request?.info?.expiration;
  const after = typeof expiration === 'object' ? fromIso(expiration.after) : undefined;
  return after === undefined ? '' : length(after);
}

/** Whether an entry tells of something that was refused. */
export const isRefused = (entry: AuditEntry) => entry.name === 'attemptRefused';

/** The kinds of events that there are words for. */
export const kinds = ['scheduleGranted', 'requestOpened', 'requestDecided', 'requestCanceled', 'requestLapsed', 'schedulesEnded', 'scheduleLapsed', 'scheduleSuperseded', 'attemptRefused', 'policyChanged', 'groupManaged', 'groupCreated', 'userCreated', 'settingsChanged', 'tokenIssued', 'auditRead', 'signIn', 'accessPackage'] as const;

/** What happened around somebody's sign-in. */
function signIn(fact: Fact, as: (key: MessageKey, icon: FluentIcon, tone: Meaning, detail?: string, more?: Partial<Told>) => Told): Told {
  const what = fact.entry?.what ?? '';
  const methods = fact.entry?.methods ?? (fact.entry?.method === undefined ? [] : [fact.entry.method]);
  const by = methods.map((method) => tMaybe(`method.${method}`) ?? method);
  const detail = by.length === 0 ? undefined : and(by);
  if (what === 'refused') return as('audit.signIn.refused', ShieldDismissRegular, 'stop', tMaybe(`audit.signIn.why.${fact.entry?.why ?? ''}`), { refused: true });
  const key: MessageKey = SIGN_IN.find((one) => one === `audit.signIn.${what}`) ?? 'audit.signIn.other';
  return as(key, what === 'signedIn' ? PersonRegular : KeyRegular, what === 'passkeyCounterBack' ? 'soon' : 'idle', key === 'audit.signIn.other' ? what : detail);
}

const SIGN_IN = ['audit.signIn.signedIn', 'audit.signIn.sessionEnded', 'audit.signIn.sessionsRevoked', 'audit.signIn.methodAdded', 'audit.signIn.methodRemoved', 'audit.signIn.recoveryCodesMade', 'audit.signIn.passkeyCounterBack', 'audit.signIn.passwordChanged', 'audit.signIn.resetCodeMade', 'audit.signIn.deviceAnswered', 'audit.signIn.applicationRegistered', 'audit.signIn.applicationSecretMade', 'audit.signIn.keyMade', 'audit.signIn.keyRevoked'] as const;

/** What happened around access packages. */
function ofPackage(fact: Fact, as: (key: MessageKey, icon: FluentIcon, tone: Meaning, detail?: string, more?: Partial<Told>) => Told): Told {
  const { entry } = fact;
  const what = entry?.what ?? '';
  const why = quoted(entry?.request?.justification);
  const request = entry?.request;
  const review = request?.reviews?.at(-1);
  if (what === 'requested' && request?.action !== undefined && request.action in ASKED_PACKAGE) return as(ASKED_PACKAGE[request.action as keyof typeof ASKED_PACKAGE], SendRegular, 'wait', why);
  if (what === 'settled' && review !== undefined) {
    const yes = /approve/i.test(review.decision ?? '');
    return as(yes ? 'audit.package.approved' : 'audit.package.denied', yes ? CheckmarkRegular : DismissRegular, yes ? 'live' : 'stop', quoted(review.justification));
  }
  const key: MessageKey = OF_PACKAGE.find((one) => one === `audit.package.${what}`) ?? 'audit.other';
  const live = what === 'assigned';
  return as(key, BoxRegular, live ? 'live' : 'idle', key === 'audit.other' ? what : undefined);
}

const ASKED_PACKAGE = { userAdd: 'audit.package.userAdd', userUpdate: 'audit.package.userUpdate', userRemove: 'audit.package.userRemove', adminAdd: 'audit.package.adminAdd', adminUpdate: 'audit.package.adminUpdate', adminRemove: 'audit.package.adminRemove' } as const;
const OF_PACKAGE = [
  'audit.package.catalogMade', 'audit.package.catalogChanged', 'audit.package.catalogDeleted', 'audit.package.resourceAdded', 'audit.package.resourceRefreshed', 'audit.package.resourceRemoved',
  'audit.package.packageMade', 'audit.package.packageChanged', 'audit.package.packageDeleted', 'audit.package.policyMade', 'audit.package.policyChanged', 'audit.package.policyDeleted', 'audit.package.settled',
  'audit.package.requestLapsed', 'audit.package.assigned', 'audit.package.rescheduled', 'audit.package.ended', 'audit.package.lapsed', 'audit.package.reminderDue', 'audit.package.roleAssigned', 'audit.package.roleRemoved',
] as const;

/** What a package is called now, or was as it was written down. */
function PackageName({ entry }: { entry: Fact['entry'] }) {
  const whole = entry?.package ?? entry?.after;
  const id = idOf(typeof whole === 'string' ? whole : undefined) ?? entry?.request?.package ?? entry?.assignment?.package ?? entry?.policy?.package ?? (whole as { package?: string } | undefined)?.package;
  const said = typeof whole === 'object' ? whole.displayName : undefined;
  const known = useQuery({ ...packageNamed(id ?? ''), enabled: id !== undefined && said === undefined, retry: false }).data;
  return <strong><Named of={said ?? known?.displayName ?? `${(id ?? '').slice(0, 8)}…`} /></strong>;
}

/** Tells an entry. */
export function tell(entry: AuditEntry, now: number): Told {
  const fact = entry.event as unknown as Fact;
  const { request } = fact;
  const actor = entry.caller.actor;
  const by = actorId(actor);
  const ended = fact.ended?.[0];
  const scheduleGroup = (fact.schedule?.id ?? fact.id ?? ended?.id)?.split('_')[0];
  const named = (fact.schedule?.id ?? fact.id ?? ended?.id)?.split('_');
  const definition = request?.definition ?? fact.attempt?.definition ?? idOf(fact.definition) ?? (named?.length === 3 && named[1] !== 'member' && named[1] !== 'owner' ? named[0] : undefined);
  const group = definition ?? request?.group ?? (entry.name.startsWith('group') || entry.name === 'auditRead' || entry.name === 'policyChanged' || entry.name === 'requestLapsed' ? idOf(fact.group) ?? (entry.name === 'groupChanged' ? fact.after?.id : undefined) : undefined) ?? fact.attempt?.group ?? fact.entry?.resource?.group ?? scheduleGroup;
  const principal = fact.member?.id ?? request?.principal ?? fact.schedule?.principal?.id ?? idOf(fact.principal) ?? ended?.principal?.id ?? idOf(fact.user) ?? (entry.name === 'userChanged' ? fact.after?.id : undefined) ?? fact.attempt?.principal ?? fact.entry?.request?.target ?? fact.entry?.assignment?.target ?? fact.entry?.assignment?.principal?.id ?? fact.entry?.after?.target ?? fact.entry?.target;
  const access = definition !== undefined ? 'role' : request?.access ?? fact.access ?? fact.attempt?.access ?? (fact.schedule?.id ?? fact.id ?? ended?.id)?.split('_')[1];
  const parts = {
    who: <Name id={by} otherwise={actor === 'operator' ? t('audit.operator') : undefined} />,
    principal: <Name id={principal} />,
    group: definition === undefined ? <Name id={group} otherwise="" /> : <RoleName id={definition} />,
    unit: <UnitName unit={fact.unit ?? fact.after} />,
    package: <PackageName entry={fact.entry} />,
    catalog: <strong><Named of={fact.entry?.catalog?.displayName ?? fact.entry?.after?.displayName} /></strong>,
  };
  const end = fact.schedule?.span?.endsAt;
  const values = {
    role: accessNoun(access),
    length: asks(request),
    until: end === null || end === undefined ? t('time.noEnd') : t('time.until', { when: point(end, now) }),
    count: fact.ended?.length ?? 1,
    version: fact.version ?? 0,
  };
  const as = (key: MessageKey, icon: FluentIcon, tone: Meaning, detail?: string, more: Partial<Told> = {}): Told => ({
    icon, tone, detail, refused: false, rules: [], request: request?.id, group, of: definition === undefined ? undefined : 'role', principal, line: <Say of={key} values={values} {...parts} />, ...more,
  });
  const why = quoted(request?.justification);
  const self = by !== undefined && by === principal;
  switch (entry.name) {
    case 'scheduleGranted':
      if (request === undefined || request === null) return as(fact.schedule?.kind === 'eligible' ? 'audit.madeEligible' : 'audit.addedOutside', PersonAddRegular, 'idle', t('audit.outside'));
      if (request.action === 'selfActivate') return millis(fact.schedule?.span?.startsAt ?? now) > millis(entry.recordedDateTime) + 60_000 ? as('audit.activatedLater', ClockRegular, 'wait', why) : as('audit.activated', KeyRegular, 'live', why);
      // What a package gives goes by the name of whoever asked for it.
      if (self) return as(request.kind === 'eligible' ? 'audit.gotEligible' : 'audit.gotActive', PersonAddRegular, 'idle', why);
      return as(request.kind === 'eligible' ? 'audit.assignedEligible' : 'audit.assignedActive', PersonAddRegular, 'idle', why);
    case 'scheduleSuperseded':
      return as('audit.superseded', ArrowSyncRegular, 'idle', why);
    case 'requestOpened':
      return as(request?.action === 'selfActivate' ? 'audit.asked' : request?.action === 'selfRenew' ? 'audit.askedRenew' : 'audit.askedExtend', SendRegular, 'wait', why);
    case 'requestDecided': {
      const review = request?.review;
      const yes = review?.decision !== undefined && /approve/i.test(review.decision);
      return as(yes ? 'audit.approved' : 'audit.denied', yes ? CheckmarkRegular : DismissRegular, yes ? 'live' : 'stop', quoted(review?.justification));
    }
    case 'requestCanceled':
      return as(self ? 'audit.withdrew' : 'audit.stopped', DismissRegular, 'idle', why);
    case 'requestLapsed':
      return as('audit.lapsed', HistoryRegular, 'idle');
    case 'schedulesEnded':
      if (ended?.why === 'deactivated') return as('audit.endedSelf', HistoryRegular, 'idle', why);
      if (ended?.why === 'removedOutside') return as('audit.removedOutside', WarningRegular, 'soon', t('audit.outside'));
      if (ended?.why === 'removed') return as(ended.kind === 'eligible' ? 'audit.removedEligible' : 'audit.removed', HistoryRegular, 'idle', why);
      return as('audit.endedOther', HistoryRegular, 'idle', tMaybe(`audit.why.${ended?.why ?? ''}`));
    case 'scheduleLapsed':
      return as(fact.kind === 'eligible' ? 'audit.eligibilityOver' : 'audit.over', ClockRegular, 'idle');
    case 'attemptRefused': {
      const rules = (fact.refusal?.rules ?? []).map((one) => ({ ...one, sentence: sentence(one.sentence) }));
      const detail = rules.length > 0 ? rules.map((one) => one.sentence).join(' · ') : sentence(fact.refusal?.sentence ?? '');
      return as(group === undefined ? 'audit.refusedPlain' : 'audit.refused', ShieldDismissRegular, 'stop', detail, { refused: true, rules: rules.length > 0 ? rules : [{ rule: fact.refusal?.code ?? '', sentence: sentence(fact.refusal?.sentence ?? '') }] });
    }
    case 'policyChanged':
      return as('audit.policy', SettingsRegular, 'idle', t('audit.policyVersion', { n: fact.version ?? 0 }));
    case 'groupManaged':
      return as('audit.managed', PeopleTeamRegular, 'idle');
    case 'groupCreated':
      return as('audit.groupMade', PeopleTeamRegular, 'idle');
    case 'groupDeleted':
      return as('audit.groupDeleted', PeopleTeamRegular, 'idle');
    case 'userCreated':
      return as('audit.userMade', PersonRegular, 'idle');
    case 'userDeleted':
      return as('audit.userDeleted', PersonRegular, 'idle');
    case 'directoryRoleAssigned':
      return as('audit.roleGiven', PersonAddRegular, 'idle', fact.role);
    case 'tokenIssued':
      return as('audit.token', KeyRegular, 'idle');
    case 'settingsChanged':
      return as('audit.settings', SettingsRegular, 'idle');
    case 'clockMoved':
      return as('audit.clock', ClockRegular, 'idle', fact.by === undefined ? undefined : length(fact.by / 1000));
    case 'tenantMade':
      return as('audit.tenant', SettingsRegular, 'idle');
    case 'auditRead':
      return as(group === undefined ? 'audit.read' : 'audit.readGroup', DocumentSearchRegular, 'idle');
    case 'passwordSet':
      return as('audit.passwordSet', KeyRegular, 'idle');
    case 'expiryReminderDue':
      return as('audit.reminder', ClockRegular, 'soon');
    case 'signIn':
      return signIn(fact, as);
    case 'userChanged':
    case 'userRestored':
    case 'userPurged':
    case 'accountDisabled':
    case 'accountEnabled':
      return as(`audit.${entry.name}`, PersonRegular, 'idle');
    case 'groupChanged':
    case 'groupRestored':
    case 'groupPurged':
      return as(`audit.${entry.name}`, PeopleTeamRegular, 'idle');
    case 'unitCreated':
    case 'unitChanged':
    case 'unitDeleted':
    case 'unitMemberAdded':
    case 'unitMemberRemoved':
      return as(`audit.${entry.name}`, PeopleTeamRegular, 'idle');
    case 'scheduleRestored':
      return as('audit.scheduleRestored', PersonAddRegular, 'idle');
    case 'accessPackage':
      return ofPackage(fact, as);
    default:
      return as('audit.other', SettingsRegular, 'idle', entry.name);
  }
}
