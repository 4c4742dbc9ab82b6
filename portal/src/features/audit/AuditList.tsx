/** What happened, as sentences under a histogram; a row opens its proof. Shared by the audit place and a group's tab. */
import './audit.css';
import { Button } from '@fluentui/react-components';
import { DismissRegular, DocumentSearchRegular, ShieldCheckmarkRegular } from '@fluentui/react-icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useRef, type KeyboardEvent } from 'react';
import { audit, auditSpan, type AuditFilter } from '../../api/queries';
import type { AuditEntry } from '../../api/types';
import { t } from '../../i18n';
import { HeldLink } from '../../parts/HeldLink';
import { Empty, More, RowSkeletons } from '../../parts/layout';
import { Failed } from '../../parts/messages';
import { columnsOf, Histogram } from '../../parts/Histogram';
import { Status } from '../../parts/status';
import { useMinute } from '../../time/clock';
import { DAY, HOUR } from '../../time/duration';
import { dayKey, dayLong, full, millis, seconds, startOfDay } from '../../time/format';
import { isRefused, Name, RoleName, tell } from './sentences';

/** What the list keeps in the address. */
export interface ListSearch {
  from?: string | undefined;
  to?: string | undefined;
  entry?: string | undefined;
  kind?: string | undefined;
  q?: string | undefined;
  table?: boolean | undefined;
}

const DAYS = 7;

function matches(entry: AuditEntry, search: ListSearch): boolean {
  if (search.kind !== undefined && entry.name !== search.kind) return false;
  return search.q === undefined || JSON.stringify(entry.event).toLowerCase().includes(search.q.toLowerCase());
}

function Entry({ entry, open, onOpen, now }: { entry: AuditEntry; open: boolean; onOpen: () => void; now: number }) {
  const told = tell(entry, now);
  return (
    <li className={open ? 'entry open' : 'entry'}>
      <button type="button" className="entry-row" aria-expanded={open} onClick={onOpen}>
        <span className="entry-when num">{seconds(entry.recordedDateTime)}</span>
        <span className={`entry-icon ${told.tone}`} aria-hidden>
          <told.icon />
        </span>
        <span className="entry-words">
          <span>{told.line}</span>
          {told.detail === undefined ? null : <span className="secondary entry-detail">{told.detail}</span>}
        </span>
      </button>
    </li>
  );
}

function Detail({ entry, onClose, now }: { entry: AuditEntry; onClose: () => void; now: number }) {
  const told = tell(entry, now);
  const { caller } = entry;
  return (
    <aside className="entry-pane" aria-label={t('audit.details')}>
      <div className="entry-top">
        {told.refused ? <Status is="refused">{t('audit.refusedShort')}</Status> : <Status is="notice">{t('audit.recorded')}</Status>}
        <Button appearance="subtle" icon={<DismissRegular />} aria-label={t('action.close')} onClick={onClose} />
      </div>
      <h2>{told.line}</h2>
      {told.rules.length === 0 ? null : (
        <ul className="entry-rules">
          {told.rules.map((rule) => (
            <li key={rule.rule + rule.sentence}>
              <DismissRegular aria-hidden />
              <span>{rule.sentence}</span>
              <span className="mono">{rule.rule}</span>
            </li>
          ))}
        </ul>
      )}
      <dl className="facts side">
        <dt>{t('table.when')}</dt>
        <dd className="num">{full(entry.recordedDateTime)}</dd>
        {told.detail === undefined || told.refused ? null : (
          <>
            <dt>{t('field.reason')}</dt>
            <dd className="quote">{told.detail}</dd>
          </>
        )}
        {told.principal === undefined ? null : (
          <>
            <dt>{t('table.who')}</dt>
            <dd>
              <Link to="/directory/users/$id" params={{ id: told.principal }}>
                <Name id={told.principal} />
              </Link>
            </dd>
          </>
        )}
        {told.group === undefined ? null : (
          <>
            <dt>{t(told.of === 'role' ? 'role.directory' : 'table.group')}</dt>
            <dd>
              <HeldLink held={{ groupId: told.group, accessId: told.of ?? 'member' }}>{told.of === 'role' ? <RoleName id={told.group} /> : <Name id={told.group} />}</HeldLink>
            </dd>
          </>
        )}
        {told.request === undefined ? null : (
          <>
            <dt>{t('request.id')}</dt>
            <dd>
              <Link to="/requests/$id" params={{ id: told.request }}>
                {t('audit.showRequest')}
              </Link>
            </dd>
          </>
        )}
        {caller.address === undefined || caller.address === null ? null : (
          <>
            <dt>{t('audit.from')}</dt>
            <dd>{[caller.address, caller.factor === 'multi' ? t('audit.mfa') : undefined].filter(Boolean).join(', ')}</dd>
          </>
        )}
      </dl>
      <div className="panel entry-proof">
        <ShieldCheckmarkRegular aria-hidden />
        <div>
          <p className="strong num">{t('audit.record', { n: entry.sequence })}</p>
          <p className="secondary">{t('audit.chained')}</p>
          <p className="mono entry-hash">{entry.hash}</p>
        </div>
      </div>
      <details>
        <summary className="secondary">{t('audit.raw')}</summary>
        <pre className="mono entry-raw" tabIndex={0}>
          {JSON.stringify(entry.event, null, 2)}
        </pre>
      </details>
    </aside>
  );
}

/** The span that the histogram shows. */
export function windowOf(search: ListSearch, now: number): readonly [number, number] {
  const end = startOfDay(now) + DAY;
  const asked = search.from === undefined ? Infinity : Date.parse(search.from);
  return [Math.min(end - DAYS * DAY, Number.isNaN(asked) || asked === Infinity ? Infinity : startOfDay(asked)), end];
}

export function AuditList({ filter, search, onSearch, head }: { filter: AuditFilter; search: ListSearch; onSearch: (change: ListSearch) => void; head?: (found: { shown: number }) => React.ReactNode }) {
  const now = useMinute();
  const [from, to] = windowOf(search, now);
  const fromText = new Date(from).toISOString();
  const span = useQuery(auditSpan({ ...filter, from: fromText }));
  const rows = useInfiniteQuery(audit({ ...filter, from: search.from, to: search.to }));
  const list = useRef<HTMLDivElement>(null);
  const entries = useMemo(() => (rows.data?.pages ?? []).flatMap((page) => page.value).filter((entry) => matches(entry, search)), [rows.data, search]);
  const columns = useMemo(
    () => columnsOf((span.data ?? []).filter((entry) => matches(entry, search)).map((entry) => ({ at: millis(entry.recordedDateTime), refused: isRefused(entry) })), from, to, Math.min(84, Math.max(28, Math.round((to - from) / (3 * HOUR))))),
    [span.data, search, from, to],
  );
  const chosen = search.from === undefined ? undefined : ([Date.parse(search.from), search.to === undefined ? to : Date.parse(search.to)] as const);
  const open = entries.find((entry) => String(entry.sequence) === search.entry);
  const days = useMemo(() => {
    const all: { key: string; first: AuditEntry; entries: AuditEntry[] }[] = [];
    for (const entry of entries) {
      const key = dayKey(entry.recordedDateTime);
      const last = all.at(-1);
      if (last?.key === key) last.entries.push(entry);
      else all.push({ key, first: entry, entries: [entry] });
    }
    return all;
  }, [entries]);
  const walk = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('.entry-row') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape' && open !== undefined) onSearch({ entry: undefined });
    else if (event.key === 'ArrowDown' && at >= 0) buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
    else if (event.key === 'ArrowUp' && at >= 0) buttons[Math.max(at - 1, 0)]?.focus();
    else return;
    event.preventDefault();
  };
  const done = (span.data ?? []).filter((entry) => matches(entry, search) && (chosen === undefined || (millis(entry.recordedDateTime) >= chosen[0] && millis(entry.recordedDateTime) < chosen[1])));
  const refusedCount = done.filter(isRefused).length;
  return (
    <div className="audit">
      <div className="audit-top">
        {head?.({ shown: done.length })}
        <div className="audit-legend caption">
          <span>
            <i className="done" /> {t('audit.done')} <span className="num">{done.length - refusedCount}</span>
          </span>
          <span>
            <i className="refused" /> {t('audit.refusedShort')} <span className="num">{refusedCount}</span>
          </span>
          <button type="button" className="button-link" onClick={() => onSearch({ table: search.table === true ? undefined : true })}>
            {t(search.table === true ? 'chart.asPicture' : 'chart.asTable')}
          </button>
        </div>
        <Histogram
          columns={columns}
          from={from}
          to={to}
          chosen={chosen}
          table={search.table === true}
          onChoose={(span_) => onSearch(span_ === undefined ? { from: undefined, to: undefined } : { from: new Date(span_[0]).toISOString(), to: span_[1] >= to ? undefined : new Date(span_[1]).toISOString() })}
        />
      </div>
      <div className={open === undefined ? 'audit-body' : 'audit-body opened'}>
        <div className="audit-list" ref={list} onKeyDown={walk}>
          {rows.isPending ? (
            <RowSkeletons rows={6} />
          ) : rows.isError ? (
            <Failed error={rows.error} retry={() => void rows.refetch()} />
          ) : entries.length === 0 ? (
            <Empty icon={DocumentSearchRegular} line={t('audit.none')} sentence={t('audit.noneWhy')}>
              <Button onClick={() => onSearch({ from: undefined, to: undefined, q: undefined, kind: undefined })}>{t('audit.clearAll')}</Button>
            </Empty>
          ) : (
            days.map((day) => (
              <section key={day.key}>
                <p className="audit-day">{dayKey(now) === day.key ? t('audit.today') : dayLong(day.first.recordedDateTime)}</p>
                <ol>
                  {day.entries.map((entry) => (
                    <Entry key={entry.sequence} entry={entry} now={now} open={entry === open} onOpen={() => onSearch({ entry: entry === open ? undefined : String(entry.sequence) })} />
                  ))}
                </ol>
              </section>
            ))
          )}
          {rows.hasNextPage ? (
            <div style={{ paddingInline: 24 }}>
              <More onMore={() => void rows.fetchNextPage()} busy={rows.isFetchingNextPage} />
            </div>
          ) : null}
        </div>
        {open === undefined ? null : (
          <Detail
            entry={open}
            now={now}
            onClose={() => {
              onSearch({ entry: undefined });
              list.current?.querySelector<HTMLElement>('.entry.open .entry-row')?.focus();
            }}
          />
        )}
      </div>
    </div>
  );
}
