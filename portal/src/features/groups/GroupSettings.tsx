/** The settings of a group's members or owners: what changes, and what that means, stands beside it before it is saved (R-C1 to R-C6). */
import './settings.css';
import './wizard.css';
import '../../parts/length.css';
import { Button, Checkbox, Input, Switch } from '@fluentui/react-components';
import { ArrowRightRegular, CheckmarkRegular, HistoryRegular, PeopleRegular, WarningRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useBlocker, useSearch } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { patch } from '../../api/client';
import { changedFields, occasions, recipients, rulesFor, type Field, type NoticeKey, type Policy, type Settings } from '../../api/policy';
import { lifecycleOfGroup } from '../../api/packages';
import { client, groupRequests, groupRoles, policies, policyHistory } from '../../api/queries';
import type { Access, Managed } from '../../api/types';
import type { GroupSearch } from '../../router';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { LengthPicker } from '../../parts/LengthPicker';
import { Message, Refusal } from '../../parts/messages';
import { PeoplePicker, useNames } from '../../parts/PeoplePicker';
import { Loaded } from '../../parts/Query';
import { Sheet } from '../../parts/Sheet';
import { useMinute } from '../../time/clock';
import { DAY, HOUR } from '../../time/duration';
import { full, length, millis } from '../../time/format';
import { and, askedLength } from '../../words';
import { actorId, Name } from '../audit/sentences';

type Part = 'activation' | 'assignment' | 'notification';

const DAYS = [15, 30, 90, 180, 365];

function RuleRow({ title, hint, changed, children }: { title: string; hint?: string; changed: boolean; children: ReactNode }) {
  return (
    <div className={changed ? 'rule changed' : 'rule'} role="group" aria-label={title}>
      <div className="rule-name">
        <p className="strong">{title}</p>
        {hint === undefined ? null : <p className="secondary">{hint}</p>}
        {changed ? <p className="rule-changed">{t('settings.changed')}</p> : null}
      </div>
      <div className="rule-value">{children}</div>
    </div>
  );
}

/** A value in words, for the list of changes. */
function Shown({ field, settings }: { field: Field; settings: Settings }) {
  const names = useNames(field === 'approvers' ? settings.approvers.map((one) => one.id) : []);
  const yes = (on: boolean) => t(on ? 'settings.yes' : 'settings.no');
  switch (field) {
    case 'activationMax':
      return length(settings.activationMax);
    case 'eligibleMax':
      return length(settings.eligibleMax);
    case 'activeMax':
      return length(settings.activeMax);
    case 'signIn':
      return t(`settings.signIn.${settings.signIn}`);
    case 'context':
      return settings.context === '' ? '–' : settings.context;
    case 'approvers':
      return names.length === 0 ? t('settings.nobody') : and(names);
    case 'reason':
    case 'ticket':
    case 'approval':
    case 'eligibleEnds':
    case 'activeEnds':
    case 'activeMfa':
    case 'activeReason':
      return yes(settings[field]);
    default: {
      const notice = settings.notices[field];
      return [notice.toDefault ? t('settings.toDefault') : t('settings.notDefault'), notice.criticalOnly ? t('settings.critical') : undefined, ...notice.others].filter(Boolean).join(', ');
    }
  }
}

function fieldName(field: Field): string {
  const [recipient, ...occasion] = field.split('_');
  if (occasion.length === 0) return t(`settings.field.${field as Exclude<Field, NoticeKey>}`);
  return `${t(`settings.occasion.${occasion.join('_') as (typeof occasions)[number]}`)}: ${t(`settings.recipient.${recipient as (typeof recipients)[number]}`)}`;
}

function Means({ group, access, before, after }: { group: string; access: Access; before: Settings; after: Settings }) {
  const now = useMinute();
  const roles = useQuery(groupRoles(group, access)).data ?? [];
  const requests = (useQuery(groupRequests(group, access)).data ?? []).filter((one) => one.accessId === access && one.action === 'selfActivate');
  const running = roles.filter((role) => role.accessId === access && role.state === 'active' && role.assignmentType === 'activated').length;
  const shorter = after.activationMax < before.activationMax;
  const waiting = requests.filter((one) => one.status === 'PendingApproval');
  const hit = shorter ? waiting.filter((one) => (askedLength(one) ?? 0) > after.activationMax) : [];
  const recent = requests.filter((one) => now - millis(one.createdDateTime) < 30 * DAY && !['Denied', 'Canceled', 'Failed'].includes(one.status));
  const longer = recent.filter((one) => (askedLength(one) ?? 0) > after.activationMax).length;
  const groups = after.approvers.filter((one) => one.kind === 'group').length;
  const nobody = after.approval && after.approvers.length === 0;
  return (
    <ul className="means">
      <li>
        <CheckmarkRegular aria-hidden />
        {running === 0 ? t('means.nobody') : t('means.running', { count: running })}
      </li>
      {hit.map((one) => (
        <li key={one.id} className="warns">
          <WarningRegular aria-label={t('approve.warning')} />
          {t('means.waiting', { name: one.principal?.displayName ?? '', length: length(askedLength(one) ?? 0), max: length(after.activationMax) })}
        </li>
      ))}
      {shorter && recent.length > 0 ? (
        <li>
          <HistoryRegular aria-hidden />
          {t('means.recent', { some: longer, count: recent.length, max: length(after.activationMax) })}
        </li>
      ) : null}
      {after.approval && !before.approval ? (
        <li>
          <PeopleRegular aria-hidden />
          {t('means.approval', { count: recent.length })}
        </li>
      ) : null}
      {!after.approval && before.approval ? (
        <li className="warns">
          <WarningRegular aria-label={t('approve.warning')} />
          {t('means.noApproval')}
        </li>
      ) : null}
      {groups > 0 ? (
        <li>
          <PeopleRegular aria-hidden />
          {t('means.groups')}
        </li>
      ) : null}
      {nobody ? (
        <li className="warns">
          <WarningRegular aria-label={t('approve.warning')} />
          {t('means.noApprover')}
        </li>
      ) : null}
    </ul>
  );
}

function History({ group, access, onClose }: { group: string; access: Access; onClose: () => void }) {
  const query = useQuery(policyHistory(group, access));
  return (
    <Sheet title={t('settings.history')} onClose={onClose}>
      <Loaded query={query}>
        {(versions) =>
          versions.length === 0 ? (
            <p>{t('settings.noHistory')}</p>
          ) : (
            <ol className="versions">
              {versions.map((version) => (
                <li key={version.policyVersion}>
                  <p className="strong">
                    {t('settings.version', { n: version.policyVersion })} <span className="secondary num">{full(version.modifiedDateTime)}</span>
                  </p>
                  <p className="secondary">
                    <Name id={actorId(version.modifiedBy)} />
                  </p>
                  <ul>
                    {version.changes.map((change) => (
                      <li key={change.rule}>
                        <span className="mono">{change.rule}</span>
                        <Delta before={change.before} after={change.after} />
                      </li>
                    ))}
                  </ul>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </Sheet>
  );
}

/** What differs between two values of a rule, member by member. */
function Delta({ before, after }: { before: unknown; after: unknown }) {
  const was = (before ?? {}) as Record<string, unknown>;
  const is = (after ?? {}) as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]));
  return (
    <dl className="delta">
      {keys.map((key) => (
        <div key={key}>
          <dt className="secondary">{key}</dt>
          <dd>
            <del>{JSON.stringify(was[key] ?? null)}</del> → {JSON.stringify(is[key] ?? null)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Form({ group, policy, part }: { group: Managed; policy: Policy; part: Part }) {
  // What was there when the form was opened: another's change meanwhile is shown before it is overwritten.
  const [base, setBase] = useState(policy.settings);
  const [now, setNow] = useState(policy.settings);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [history, setHistory] = useState(false);
  const fields = useMemo(() => changedFields(base, now), [base, now]);
  const changed = new Set<Field>(fields);
  const set = (change: Partial<Settings>) => setNow((was) => ({ ...was, ...change }));
  const meanwhile = useMemo(() => changedFields(base, policy.settings), [base, policy.settings]);
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => fields.length > 0 && (current.pathname !== next.pathname || (current.search as { of?: string }).of !== (next.search as { of?: string }).of), enableBeforeUnload: () => fields.length > 0, withResolver: true });
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await patch(`/v1.0/policies/roleManagementPolicies/${policy.id}`, { rules: rulesFor(base, now) });
      announce(t('settings.saved', { count: fields.length }));
      setBase(now);
      await client.invalidateQueries({ queryKey: ['policies', group.id] });
      await client.invalidateQueries({ queryKey: ['policy-history', group.id] });
      await client.invalidateQueries({ queryKey: ['group-lifecycle', group.id] });
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  const maximum = (endsKey: 'eligibleEnds' | 'activeEnds', maxKey: 'eligibleMax' | 'activeMax') => (
    <div className="fields" style={{ gap: 8 }}>
      <Switch checked={!now[endsKey]} label={t('settings.noEndAllowed')} onChange={(_, data) => set({ [endsKey]: !data.checked })} />
      {now[endsKey] ? (
        <div className="chips" role="group" aria-label={t(`settings.field.${maxKey}`)}>
          {[...new Set([...DAYS.map((one) => one * DAY), base[maxKey]])]
            .sort((one, other) => one - other)
            .map((one) => (
              <button key={one} type="button" className="chip" aria-pressed={now[maxKey] === one} onClick={() => set({ [maxKey]: one })}>
                {now[maxKey] === one ? '✓ ' : ''}
                {length(one)}
              </button>
            ))}
        </div>
      ) : null}
    </div>
  );
  const notice = (key: NoticeKey) => {
    const value = now.notices[key];
    const change = (part_: Partial<typeof value>) => set({ notices: { ...now.notices, [key]: { ...value, ...part_ } } });
    const [recipient] = key.split('_') as [(typeof recipients)[number]];
    return (
      <div key={key} className={changed.has(key) ? 'notice changed' : 'notice'} role="group" aria-label={fieldName(key)}>
        <p className="strong">{t(`settings.recipient.${recipient}`)}</p>
        <Checkbox checked={value.toDefault} label={t(`settings.default.${recipient}`)} onChange={(_, data) => change({ toDefault: data.checked === true })} />
        <Checkbox checked={value.criticalOnly} label={t('settings.critical')} onChange={(_, data) => change({ criticalOnly: data.checked === true })} />
        <Input
          aria-label={t('settings.others')}
          placeholder={t('settings.others')}
          defaultValue={value.others.join('; ')}
          onChange={(_, data) => change({ others: data.value.split(/[;,]/).map((one) => one.trim()).filter((one) => one !== '') })}
        />
        {changed.has(key) ? <p className="rule-changed">{t('settings.changed')}</p> : null}
      </div>
    );
  };
  return (
    <>
      <div className="settings-columns">
        <div>
          {meanwhile.length > 0 && fields.length > 0 ? (
            <Message tone="idle" title={t('settings.meanwhile', { name: policy.modifiedBy ?? '' })} actions={<Button onClick={() => (setBase(policy.settings), setNow({ ...now }))}>{t('settings.onTop')}</Button>}>
              {meanwhile.map((field) => (
                <p key={field}>
                  {fieldName(field)}: <Shown field={field} settings={policy.settings} />
                </p>
              ))}
            </Message>
          ) : null}
          {error === undefined ? null : <Refusal title={t('settings.notSaved')} error={error} />}
          {part === 'activation' ? (
            <>
              <RuleRow title={t('settings.field.activationMax')} changed={changed.has('activationMax')}>
                <LengthPicker label={t('settings.field.activationMax')} value={now.activationMax} max={24 * HOUR} onChange={(activationMax) => set({ activationMax })} />
              </RuleRow>
              <RuleRow title={t('settings.field.signIn')} hint={t('settings.signInHint')} changed={changed.has('signIn') || changed.has('context')}>
                <div role="radiogroup" aria-label={t('settings.field.signIn')} className="radios">
                  {(['nothing', 'mfa', 'context'] as const).map((one) => (
                    <label key={one}>
                      <input type="radio" name="sign-in" checked={now.signIn === one} onChange={() => set({ signIn: one, context: one === 'context' && now.context === '' ? 'c1' : now.context })} /> {t(`settings.signIn.${one}`)}
                    </label>
                  ))}
                </div>
                {now.signIn === 'context' ? <Input aria-label={t('settings.field.context')} value={now.context} maxLength={3} onChange={(_, data) => set({ context: data.value })} /> : null}
              </RuleRow>
              <RuleRow title={t('settings.askFor')} changed={changed.has('reason') || changed.has('ticket')}>
                <span className="checks">
                  <Checkbox checked={now.reason} label={t('field.reason')} onChange={(_, data) => set({ reason: data.checked === true })} />
                  <Checkbox checked={now.ticket} label={t('field.ticket')} onChange={(_, data) => set({ ticket: data.checked === true })} />
                </span>
              </RuleRow>
              <RuleRow title={t('settings.field.approval')} hint={t('timeline.firstCounts')} changed={changed.has('approval') || changed.has('approvers')}>
                <Switch checked={now.approval} label={t('settings.mustApprove')} onChange={(_, data) => set({ approval: data.checked })} />
                {now.approval ? (
                  <>
                    <PeoplePicker label={t('settings.field.approvers')} value={now.approvers} onChange={(approvers) => set({ approvers })} />
                    <p className="caption">{t('settings.ownNever')}</p>
                  </>
                ) : null}
              </RuleRow>
            </>
          ) : part === 'assignment' ? (
            <>
              <RuleRow title={t('settings.field.eligibleMax')} hint={t('settings.eligibleHint')} changed={changed.has('eligibleMax') || changed.has('eligibleEnds')}>
                {maximum('eligibleEnds', 'eligibleMax')}
              </RuleRow>
              <RuleRow title={t('settings.field.activeMax')} hint={t('settings.activeHint')} changed={changed.has('activeMax') || changed.has('activeEnds')}>
                {maximum('activeEnds', 'activeMax')}
              </RuleRow>
              <RuleRow title={t('settings.onActive')} hint={t('settings.onActiveHint')} changed={changed.has('activeMfa') || changed.has('activeReason')}>
                <Checkbox checked={now.activeReason} label={t('field.reason')} onChange={(_, data) => set({ activeReason: data.checked === true })} />
                <Checkbox checked={now.activeMfa} label={t('settings.signIn.mfa')} onChange={(_, data) => set({ activeMfa: data.checked === true })} />
              </RuleRow>
            </>
          ) : (
            occasions.map((occasion) => (
              <section key={occasion} className="occasion">
                <h2>{t(`settings.occasion.${occasion}`)}</h2>
                <div className="notices">{recipients.map((recipient) => notice(`${recipient}_${occasion}`))}</div>
              </section>
            ))
          )}
        </div>
        <aside className="panel settings-aside" aria-label={t('settings.whatChanges')}>
          <h2>{t('settings.whatChanges')}</h2>
          {fields.length === 0 ? (
            <p className="secondary" style={{ marginTop: 8 }}>
              {t('settings.nothing')}
            </p>
          ) : (
            <>
              <ul className="changes">
                {fields.map((field) => (
                  <li key={field}>
                    <p className="secondary">{fieldName(field)}</p>
                    <p className="change-line">
                      <del>
                        <Shown field={field} settings={base} />
                      </del>
                      <ArrowRightRegular aria-label={t('settings.becomes')} />
                      <ins>
                        <Shown field={field} settings={now} />
                      </ins>
                    </p>
                  </li>
                ))}
              </ul>
              <h2>{t('settings.means')}</h2>
              <Means group={group.id} access={policy.access} before={base} after={now} />
            </>
          )}
          <p style={{ marginTop: 16 }}>
            <button type="button" className="button-link" onClick={() => setHistory(true)}>
              {t('settings.earlier')}
            </button>
          </p>
        </aside>
      </div>
      {fields.length === 0 ? null : (
        <div className="foot-bar" role="region" aria-label={t('settings.unsaved', { count: fields.length })}>
          <span>
            <span className="strong" role="status">
              {t('settings.unsaved', { count: fields.length })}
            </span>{' '}
            <span className="secondary">{t(policy.access === 'role' ? 'settings.onlyRole' : policy.access === 'owner' ? 'settings.onlyOwners' : 'settings.onlyMembers', { name: group.displayName ?? '' })}</span>
          </span>
          <span className="do">
            <Button size="large" onClick={() => setNow(base)}>
              {t('activate.discard')}
            </Button>
            <Button size="large" appearance="primary" disabledFocusable={busy} onClick={() => void save()}>
              {busy ? t('state.sending') : t('settings.save', { count: fields.length })}
            </Button>
          </span>
        </div>
      )}
      {history ? <History group={group.id} access={policy.access} onClose={() => setHistory(false)} /> : null}
      {blocker.status === 'blocked' ? (
        <Sheet title={t('settings.leave')} onClose={blocker.reset}>
          <p>{t('settings.leaveWhat', { count: fields.length })}</p>
          <div className="sheet-actions">
            <Button onClick={blocker.proceed}>{t('activate.discard')}</Button>
            <Button appearance="primary" onClick={blocker.reset}>
              {t('activate.stay')}
            </Button>
          </div>
        </Sheet>
      ) : null}
    </>
  );
}

/** Packages that last longer than these settings let a role of theirs last (R-G4). */
function LongerPackages({ group }: { group: string }) {
  const called = useQuery({ ...lifecycleOfGroup(group), retry: false }).data ?? [];
  if (called.length === 0) return null;
  return (
    <Message tone="soon" title={t('settings.longerPackages', { count: called.length })}>
      <ul>
        {called.map((one) => (
          <li key={one.message}>
            <span>
              {one.message}{' '}
              <Link to="/access-packages/$id/{-$tab}" params={{ id: one.packageId, tab: 'policies' }}>
                {t('settings.itsPolicies')}
              </Link>
            </span>
          </li>
        ))}
      </ul>
    </Message>
  );
}

export default function GroupSettings({ group }: { group: Managed }) {
  const search = useSearch({ strict: false }) as GroupSearch;
  const of: Access = group.of ?? search.of ?? 'member';
  const part: Part = search.part ?? 'activation';
  const query = useQuery(policies(group.id, group.of));
  const to = (change: { of?: 'owner' | undefined; part?: 'assignment' | 'notification' | undefined }) => ({ to: '.' as const, search: change });
  const owner = of === 'owner' ? ('owner' as const) : undefined;
  const chosen = part === 'activation' ? undefined : part;
  return (
    <>
      <div className="tools">
        {group.of === 'role' ? null : <nav className="segmented" aria-label={t('settings.whose')}>
          {(['member', 'owner'] as const).map((one) => (
            <Link key={one} {...to({ of: one === 'owner' ? 'owner' : undefined, part: chosen })} activeProps={{}} aria-current={of === one ? 'true' : undefined} className="segment">
              {t(one === 'owner' ? 'role.owner' : 'role.member')}
            </Link>
          ))}
        </nav>}
        <nav className="subtabs" aria-label={t('settings.parts')}>
          {(['activation', 'assignment', 'notification'] as const).map((one) => (
            <Link key={one} {...to({ of: owner, part: one === 'activation' ? undefined : one })} activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }} aria-current={part === one ? 'page' : undefined}>
              {t(`settings.part.${one}`)}
            </Link>
          ))}
        </nav>
      </div>
      {part === 'assignment' && group.of === undefined ? <LongerPackages group={group.id} /> : null}
      <Loaded query={query}>
        {(all) => {
          const policy = all.find((one) => one.access === of);
          return policy === undefined ? null : <Form key={of} group={group} policy={policy} part={part} />;
        }}
      </Loaded>
    </>
  );
}

