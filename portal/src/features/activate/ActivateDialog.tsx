/** Activates one or several roles: asks just what their policies ask, and foretells what will happen (R-E2, R-E8). */
import './activate.css';
import { Button, Field, Input, Textarea } from '@fluentui/react-components';
import { FingerprintRegular, HourglassRegular, PersonRegular, TagRegular, TimerRegular } from '@fluentui/react-icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { post, refusal, Refused } from '../../api/client';
import type { Policy } from '../../api/policy';
import { accessChanged, myRoles, policies } from '../../api/queries';
import type { Activated } from '../../api/types';
import { Say, t } from '../../i18n';
import { announce } from '../../parts/announce';
import { useDeciders } from '../../parts/deciders';
import { Segmented } from '../../parts/layout';
import { LengthPicker } from '../../parts/LengthPicker';
import { groupIcon, GroupMark } from '../../parts/marks';
import { Failed, Message, Refusal } from '../../parts/messages';
import { Sheet, useFirstFocus } from '../../parts/Sheet';
import { Status } from '../../parts/status';
import { prefer, preferences } from '../../preferences';
import { hereNow, stepUpAddress } from '../../session';
import { serverNow, useMinute } from '../../time/clock';
import { DAY, HOUR } from '../../time/duration';
import { fromField, length, point, time, toField, until } from '../../time/format';
import { accessName, and, askedLength, or, roleKey, spanOf } from '../../words';
import { activationOf, forget, keep, kept, strictest, wantedOf, type Typed, type Wanted } from './form';
import { Named } from '../../parts/named';

/** What is missing yet, as opposed to wrong: the form says so by itself. */
const MISSING = ['JustificationRule', 'TicketingRule'];
const STRENGTH = ['MfaRule', 'AuthenticationContextRule', 'AcrsRule', 'RoleAssignmentRequestAcrsValidationFailed'];

type Row = Wanted & {
  key: string;
  name: string;
  policy: Policy | undefined;
};

function useRows(wanted: Wanted[]): { rows: Row[]; ready: boolean; error: unknown } {
  const roles = useQuery(myRoles());
  const found = useQueries({ queries: wanted.map(({ groupId, accessId }) => policies(groupId, accessId)) });
  const all = [...(roles.data?.eligible ?? []), ...(roles.data?.active ?? [])];
  const rows = wanted.map((one, at) => ({
    ...one,
    key: roleKey(one),
    name: all.find((role) => roleKey(role) === roleKey(one))?.groupDisplayName ?? one.groupId,
    policy: found[at]?.data?.find((policy) => policy.access === one.accessId),
  }));
  return {
    rows,
    ready: roles.isSuccess && found.every((one) => one.isSuccess),
    error: roles.error ?? found.find((one) => one.isError)?.error,
  };
}

function Foretold({ row, result, typed, checking }: { row: Row; result: Activated | undefined; typed: Typed; checking: boolean }) {
  const now = useMinute();
  const me = useQuery(myRoles()).data?.active[0]?.principalId;
  const deciders = useDeciders(row.policy, me);
  const Icon = groupIcon(row.name);
  const request = result?.request;
  const lasts = request === null || request === undefined ? (typed.apart?.[row.key] ?? typed.length) : (askedLength(request) ?? typed.length);
  const details = result?.error === null || result?.error === undefined ? [] : (result.error.details ?? [result.error]);
  const missing = details.filter((one) => MISSING.includes(one.code));
  const wrong = details.filter((one) => !MISSING.includes(one.code) && !STRENGTH.includes(one.code));
  const waits = request?.status === 'PendingApproval' || (request === undefined || request === null ? row.policy?.settings.approval === true : false);
  const start = request ? spanOf(request).start : undefined;
  const later = start !== undefined && start > now + 60_000;
  return (
    <div className="foretold">
      <p className="foretold-name">
        <Icon aria-hidden fontSize={20} /> <Named of={row.name} />
      </p>
      <div aria-busy={checking}>
        {wrong.length > 0 ? (
          <Status is="refused">{t('activate.refused')}</Status>
        ) : waits ? (
          <Status is="pending">{t('activate.waits')}</Status>
        ) : later ? (
          <Status is="scheduled">{t('activate.starts', { when: point(start, now) })}</Status>
        ) : (
          <Status is="active">{t('activate.atOnce', { when: point(now + lasts, now) })}</Status>
        )}
      </div>
      <ul className="foretold-facts">
        {wrong.map((one) => (
          <li key={one.code} className="wrong">
            {one.message}
          </li>
        ))}
        {missing.map((one) => (
          <li key={one.code}>
            <TagRegular aria-hidden /> {one.code === 'TicketingRule' ? t('activate.needsTicket') : t('activate.needsReason')}
          </li>
        ))}
        {waits && wrong.length === 0 && row.policy !== undefined ? (
          <>
            <li>
              <PersonRegular aria-hidden />
              <span>{deciders.length === 0 ? null : t('ask.decides', { count: deciders.length, names: or(deciders) })}</span>
            </li>
            <li>
              <TimerRegular aria-hidden /> {t('activate.countsFrom', { length: length(lasts) })}
            </li>
            <li>
              <HourglassRegular aria-hidden /> {t('activate.unanswered', { when: point(now + DAY, now) })}
            </li>
          </>
        ) : null}
      </ul>
    </div>
  );
}

function initial(rows: Row[]): Typed {
  const max = strictest(rows.flatMap((row) => (row.policy === undefined ? [] : [{ name: row.name, policy: row.policy }])))?.max ?? HOUR;
  const { lengths, reasons } = preferences();
  const last = rows.map((row) => lengths[row.key]).find((one) => one !== undefined);
  return {
    length: Math.min(last ?? Math.min(2 * HOUR, max), max),
    apart: undefined,
    start: undefined,
    // One who comes at night for the same thing again need not type.
    reason: rows.length === 1 && last !== undefined && window.innerWidth < 640 ? (reasons[0] ?? '') : '',
    ticket: '',
    system: '',
  };
}

function Form({ roles, rows: first, onClose, setDirty }: { roles: string; rows: Row[]; onClose: () => void; setDirty: () => void }) {
  const [rows, setRows] = useState(first);
  const [typed, setTyped] = useState<Typed>(() => kept(roles) ?? initial(first));
  const [told, setTold] = useState<ReadonlyMap<string, Activated>>(new Map());
  const [checking, setChecking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<{ row: Row; error: Refused }[]>([]);
  const [done, setDone] = useState<string[]>([]);
  const [failed, setFailed] = useState<unknown>();
  const [tried, setTried] = useState(false);
  const now = useMinute();
  const reasonBox = useRef<HTMLTextAreaElement>(null);
  const ticketBox = useRef<HTMLInputElement>(null);
  // On a phone the keyboard would cover what is to be read first.
  useFirstFocus(reasonBox, window.innerWidth >= 640);
  const change = (part: Partial<Typed>) => {
    const next = { ...typed, ...part };
    setTyped(next);
    // A session may end, and a second factor may be asked for, while this is open.
    keep(roles, next);
    setDirty();
  };
  const limits = useMemo(() => strictest(rows.flatMap((row) => (row.policy === undefined ? [] : [{ name: row.name, policy: row.policy }]))), [rows]);
  const max = limits?.max ?? HOUR;
  const settings = rows.flatMap((row) => (row.policy === undefined ? [] : [{ name: row.name, ...row.policy.settings }]));
  const wantsReason = settings.some((one) => one.reason);
  const wantsTicket = settings.some((one) => one.ticket);
  const start = typed.start === undefined ? undefined : fromField(typed.start);
  const unready = typed.start !== undefined && start === undefined;

  useEffect(() => {
    if (unready || rows.length === 0) return;
    let current = true;
    setChecking(true);
    const timer = setTimeout(async () => {
      try {
        const asked = rows.map((row) => activationOf(row, typed, start, 'try'));
        const { value } = await post<{ value: Activated[] }>('/ephor/v1/activations', { activations: asked });
        if (current) setTold(new Map(rows.map((row, at) => [row.key, value[at]!])));
      } catch {
        // What happens next can't be foretold; sending says why.
      } finally {
        if (current) setChecking(false);
      }
    }, 300);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [rows, typed, start, unready]);

  const details = [...told.values()].flatMap((one) => one.error?.details ?? (one.error === null ? [] : [one.error]));
  const stepUp = [...told.values()].flatMap((one) => (one.error === null ? [] : [one.error])).find((error) => [error.code, ...(error.details ?? []).map((one) => one.code)].some((code) => STRENGTH.includes(code)));
  const waiting = rows.filter((row) => row.policy?.settings.approval === true).length;
  const verb = waiting === 0 ? 'activate.do' : waiting === rows.length ? 'activate.ask' : 'activate.both';
  const lasts = typed.apart === undefined ? typed.length : undefined;
  const from = start ?? now;

  const send = async () => {
    setTried(true);
    if (wantsReason && typed.reason.trim() === '') return reasonBox.current?.focus();
    if (wantsTicket && (typed.ticket.trim() === '' || typed.system.trim() === '')) return ticketBox.current?.focus();
    if (stepUp !== undefined) {
      keep(roles, typed);
      location.assign(stepUpAddress(hereNow(), serverNow()));
      return;
    }
    setBusy(true);
    setFailed(undefined);
    try {
      const asked = rows.map((row) => activationOf(row, typed, start, 'do'));
      const { value } = await post<{ value: Activated[] }>('/ephor/v1/activations', { activations: asked });
      const not: { row: Row; error: Refused }[] = [];
      const yes: string[] = [];
      const { lengths, reasons } = preferences();
      const lengthsNow = { ...lengths };
      rows.forEach((row, at) => {
        const result = value[at];
        if (result?.error) not.push({ row, error: refusal(result.status, { error: result.error }) });
        else if (result?.request) {
          lengthsNow[row.key] = typed.apart?.[row.key] ?? typed.length;
          const { end, start: begins } = spanOf(result.request);
          yes.push(
            result.request.status === 'PendingApproval'
              ? t('activate.nowWaits', { name: row.name })
              : begins !== undefined && begins > serverNow() + 60_000
                ? t('activate.nowScheduled', { name: row.name, when: point(begins, serverNow()) })
                : t('activate.nowActive', { name: row.name, when: end === undefined ? '' : point(end, serverNow()) }),
          );
        }
      });
      const reason = typed.reason.trim();
      prefer({ lengths: lengthsNow, ...(reason === '' ? {} : { reasons: [reason, ...reasons.filter((one) => one !== reason)].slice(0, 6) }) });
      if (yes.length > 0) {
        announce(yes.join(' '));
        void accessChanged();
      }
      setDone((was) => [...was, ...yes]);
      setRefused(not);
      if (not.length === 0) {
        forget();
        onClose();
      } else setRows(not.map(({ row }) => row));
    } catch (error) {
      setFailed(error);
    } finally {
      setBusy(false);
    }
  };

  const toLimit = (row: Row) => {
    const allowed = row.policy?.settings.activationMax;
    const asked = typed.apart?.[row.key] ?? typed.length;
    if (allowed === undefined || asked <= allowed) return null;
    return (
      <button type="button" className="button-link" onClick={() => change({ length: Math.min(typed.length, allowed), ...(typed.apart === undefined ? {} : { apart: { ...typed.apart, [row.key]: allowed } }) })}>
        {t('length.use', { max: length(allowed) })}
      </button>
    );
  };

  const recent = preferences().reasons.filter((one) => one !== typed.reason).slice(0, 3);
  const [only] = rows;
  const missing = (code: string) => tried && details.some((one) => one.code === code);
  return (
    <form
      className="activate"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className="activate-form fields">
        {rows.length === 1 && only !== undefined ? (
          <div className="who activate-of">
            <GroupMark name={only.name} />
            <span>
              <span className="strong"><Named of={only.name} /></span>
              <br />
              <span className="secondary">{t('activate.as', { role: accessName(only.accessId) })}</span>
            </span>
          </div>
        ) : (
          <p className="secondary">{and(rows.map((row) => row.name))}</p>
        )}
        {refused.length > 0 ? (
          <div className="fields" style={{ gap: 8 }}>
            {refused.map(({ row, error }) => (
              <Refusal key={row.key} title={t('activate.not', { name: row.name })} error={error} wayOut={(code) => (code === 'ExpirationRule' ? toLimit(row) : null)} />
            ))}
            {done.map((one) => (
              <p key={one} className="secondary">
                {one}
              </p>
            ))}
          </div>
        ) : null}
        {failed === undefined ? null : <Failed error={failed} retry={() => void send()} />}
        {typed.apart === undefined ? (
          <LengthPicker
            label={t('activate.howLong')}
            value={typed.length}
            max={max}
            means={until(from + typed.length, now)}
            onChange={(value) => change({ length: value })}
            hint={
              rows.length > 1 ? (
                <>
                  {t('activate.together', { max: length(max), name: limits?.by ?? '' })}{' '}
                  <button type="button" className="button-link" onClick={() => change({ apart: Object.fromEntries(rows.map((row) => [row.key, Math.min(typed.length, row.policy?.settings.activationMax ?? typed.length)])) })}>
                    {t('activate.apart')}
                  </button>
                </>
              ) : (
                t('activate.most', { max: length(max) })
              )
            }
          />
        ) : (
          <>
            {rows.map((row) => (
              <LengthPicker
                key={row.key}
                label={t('activate.howLongFor', { name: row.name })}
                value={typed.apart?.[row.key] ?? typed.length}
                max={row.policy?.settings.activationMax ?? max}
                onChange={(value) => change({ apart: { ...typed.apart, [row.key]: value } })}
              />
            ))}
            <button type="button" className="button-link" onClick={() => change({ apart: undefined, length: Math.min(typed.length, max) })}>
              {t('activate.oneLength')}
            </button>
          </>
        )}
        <div className="activate-start">
          <span className="strong" id="activate-start">
            {t('activate.start')}
          </span>
          <Segmented
            label={t('activate.start')}
            value={typed.start === undefined ? 'now' : 'later'}
            options={[
              { value: 'now', label: t('activate.now') },
              { value: 'later', label: t('activate.later') },
            ]}
            onChange={(value) => change({ start: value === 'now' ? undefined : toField(Math.ceil((now + HOUR) / HOUR) * HOUR) })}
          />
          {typed.start === undefined ? null : (
            <input className="native" type="datetime-local" aria-label={t('activate.startAt')} min={toField(now)} value={typed.start} onChange={(event) => change({ start: event.target.value })} />
          )}
        </div>
        <div>
          <Field
            label={{ children: t('field.reason'), className: 'strong' }}
            hint={wantsReason ? undefined : t('field.optional')}
            {...(missing('JustificationRule') && typed.reason.trim() === '' ? { validationMessage: t('activate.needsReason') } : {})}
          >
            <Textarea
              ref={reasonBox}
              value={typed.reason}
              rows={2}
              maxLength={500}
              resize="vertical"
              onChange={(_, data) => change({ reason: data.value })}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault();
                  void send();
                }
              }}
            />
          </Field>
          {recent.length === 0 ? null : (
            <div className="chips activate-recent">
              <span className="caption">{t('activate.recent')}</span>
              {recent.map((one) => (
                <button key={one} type="button" className="chip" onClick={() => change({ reason: one })}>
                  {one}
                </button>
              ))}
            </div>
          )}
        </div>
        {wantsTicket ? (
          <div className="activate-ticket">
            <Field
              label={{ children: t('field.ticket'), className: 'strong' }}
              hint={t('activate.asksForIt', { names: and(settings.filter((one) => one.ticket).map((one) => one.name)), count: settings.filter((one) => one.ticket).length })}
              {...(missing('TicketingRule') && typed.ticket.trim() === '' ? { validationMessage: t('activate.needsTicket') } : {})}
            >
              <Input ref={ticketBox} value={typed.ticket} maxLength={128} onChange={(_, data) => change({ ticket: data.value })} />
            </Field>
            <Field label={t('field.ticketSystem')}>
              <Input value={typed.system} maxLength={128} list="ticket-systems" onChange={(_, data) => change({ system: data.value })} />
            </Field>
          </div>
        ) : null}
      </div>
      <div className="activate-next">
        <h3>{t('activate.next')}</h3>
        <div className="activate-foretold">
          {rows.map((row) => (
            <Foretold key={row.key} row={row} result={told.get(row.key)} typed={typed} checking={checking} />
          ))}
        </div>
        <div className="activate-foot">
          {stepUp === undefined ? null : (
            <p className="activate-step">
              <FingerprintRegular aria-hidden /> {t('activate.stepUp')}
            </p>
          )}
          <div className="activate-do">
            <Button type="button" size="large" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" size="large" appearance="primary" disabledFocusable={busy || unready}>
              {busy ? (
                t('state.sending')
              ) : (
                <>
                  <span className="wide-words">{t(verb)}</span>
                  <span className="narrow-words">
                    {verb === 'activate.do' && lasts !== undefined && start === undefined ? t('activate.doUntil', { when: time(from + lasts) }) : t(verb)}
                  </span>
                </>
              )}
            </Button>
          </div>
        </div>
      </div>
    </form>
  );
}

export default function ActivateDialog({ roles, onClose }: { roles: string; onClose: () => void }) {
  const wanted = useMemo(() => wantedOf(roles), [roles]);
  const { rows, ready, error } = useRows(wanted);
  const dirty = useRef(kept(roles) !== undefined);
  const [leaving, setLeaving] = useState(false);
  const close = () => {
    if (dirty.current && !leaving) setLeaving(true);
    else {
      forget();
      onClose();
    }
  };
  const title = rows.length === 1 ? t('activate.titleOne', { name: rows[0]?.name ?? '' }) : t('activate.title', { count: rows.length });
  return (
    <Sheet title={title} onClose={close} wide>
      {leaving ? (
        <div className="activate-leave">
          <Message
            tone="idle"
            title={t('activate.leave')}
            focus
            actions={
              <>
                <Button appearance="primary" onClick={() => setLeaving(false)}>
                  {t('activate.stay')}
                </Button>
                <Button onClick={() => (forget(), onClose())}>{t('activate.discard')}</Button>
              </>
            }
          />
        </div>
      ) : null}
      {wanted.length === 0 ? (
        <p className="activate-leave">
          <Say of="activate.nothing" />
        </p>
      ) : ready ? (
        <Form
          roles={roles}
          rows={rows}
          setDirty={() => {
            dirty.current = true;
          }}
          onClose={() => (forget(), onClose())}
        />
      ) : error ? (
        <div className="activate-leave">
          <Failed error={error} retry={() => void accessChanged()} />
        </div>
      ) : (
        <div className="activate-leave" role="status" aria-label={t('state.loading')}>
          <span className="skeleton" style={{ width: '60%', height: 20 }} />
          <span className="skeleton" style={{ width: '100%', height: 40, marginTop: 20 }} />
          <span className="skeleton" style={{ width: '100%', height: 72, marginTop: 20 }} />
        </div>
      )}
    </Sheet>
  );
}
