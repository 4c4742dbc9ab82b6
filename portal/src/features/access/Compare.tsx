/** Who had what at one instant and at another, counted from the record, with every way in (R-I2). */
import './access.css';
import { Button, Checkbox } from '@fluentui/react-components';
import { AddRegular, ArrowDownloadRegular, HistoryRegular, SubtractRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import { access, groupRoles } from '../../api/queries';
import type { Holding, Link as ChainLink } from '../../api/types';
import { Say, t } from '../../i18n';
import { Empty } from '../../parts/layout';
import { GroupMark, PrincipalMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { useMinute } from '../../time/clock';
import { DAY } from '../../time/duration';
import { dayShort, fromField, millis, point, startOfDay, toField, until } from '../../time/format';
import { accessName } from '../../words';
import { actorId, Name } from '../audit/sentences';
import { CountLine, countsOf } from './CountLine';
import { Named } from '../../parts/named';

/** Of whom it is asked. */
export type Of = { group: string } | { role: string } | { user: string };

interface Row {
  key: string;
  id: string;
  name: string;
  kind: 'user' | 'group' | 'servicePrincipal';
  before: Holding | undefined;
  after: Holding | undefined;
  could: Holding | undefined;
  can: Holding | undefined;
}

function rowsOf(of: Of, before: Holding[], after: Holding[]): Row[] {
  const rows = new Map<string, Row>();
  const put = (holding: Holding, which: 'before' | 'after') => {
    const byGroup = 'user' in of;
    const id = byGroup ? holding.groupId : holding.principalId;
    const key = `${id} ${holding.accessId} ${holding.scope ?? ''}`;
    const row = rows.get(key) ?? {
      key,
      id,
      name: (byGroup ? holding.groupDisplayName : holding.principalDisplayName) ?? id,
      kind: byGroup ? 'group' : holding.principalType,
      before: undefined,
      after: undefined,
      could: undefined,
      can: undefined,
    };
    if (holding.state === 'active') row[which] ??= holding;
    else row[which === 'before' ? 'could' : 'can'] ??= holding;
    rows.set(key, row);
  };
  for (const holding of before) put(holding, 'before');
  for (const holding of after) put(holding, 'after');
  const change = (row: Row) => (row.before === undefined && row.after !== undefined) || (row.before !== undefined && row.after === undefined);
  const any = (row: Row) => row.before !== undefined || row.after !== undefined;
  return [...rows.values()].filter(any).sort((one, other) => Number(change(other)) - Number(change(one)) || one.name.localeCompare(other.name));
}

/** By which grant, whose decision, through which group. */
function ByWhat({ holding }: { holding: Holding | undefined }) {
  const now = useMinute();
  const own = holding?.chain.at(-1);
  const first = holding?.chain[0];
  if (holding === undefined || first === undefined || own === undefined) return null;
  const grant: ChainLink = holding.memberType === 'group' ? own : first;
  const review = grant.request?.review;
  const via = holding.chain.length > 1 ? holding.chain.find((one) => one.groupId !== holding.groupId && one.accessId !== 'role')?.groupId : undefined;
  return (
    <>
      {via === undefined ? null : (
        <span>
          <Say of="access.through" group={<Name id={via} />} />{' '}
        </span>
      )}
      {grant.request === null ? (
        <Say of="access.outside" who={<Name id={actorId(grant.givenBy)} />} values={{ when: point(grant.createdDateTime, now) }} />
      ) : grant.request.action === 'selfActivate' ? (
        <>
          <Link to="/requests/$id" params={{ id: grant.request.id }}>
            {t('access.activated', { when: point(grant.startDateTime, now) })}
          </Link>
          {review ? (
            <>
              {', '}
              <Say of="access.approved" who={<Name id={actorId(review.by)} />} />
            </>
          ) : null}
        </>
      ) : (
        <Say of="access.assigned" who={<Name id={actorId(grant.request.createdBy)} />} values={{ when: point(grant.createdDateTime, now) }} />
      )}
    </>
  );
}

function Held({ holding, could, now }: { holding: Holding | undefined; could: Holding | undefined; now: number }) {
  if (holding !== undefined) {
    const end = holding.chain.reduce<string | null>((least, link) => (least === null || (link.endDateTime !== null && link.endDateTime < least) ? link.endDateTime : least), null);
    return <>{`${accessName(holding.accessId)}${end === null ? ', ' : ' '}${until(end, now)}`}</>;
  }
  return <span className="secondary">{t(could === undefined ? 'access.none' : 'access.could')}</span>;
}

function Change({ row }: { row: Row }) {
  if (row.before === undefined) {
    return (
      <span className="status live fill">
        <AddRegular aria-hidden /> {t('access.gained')}
      </span>
    );
  }
  if (row.after === undefined) {
    return (
      <span className="status idle fill">
        <SubtractRegular aria-hidden /> {t('access.lost')}
      </span>
    );
  }
  return (
    <span className="status idle bare">
      <span aria-hidden>=</span> {t('access.same')}
    </span>
  );
}

export function Compare({ of, then, and, differs, onSearch, picker }: { of: Of; then: string | undefined; and: string | undefined; differs: boolean; onSearch: (change: { then?: string | undefined; and?: string | undefined; differs?: boolean | undefined }) => void; picker?: ReactNode }) {
  const now = useMinute();
  const thenAt = then === undefined ? startOfDay(now) - DAY : millis(then);
  const thenText = new Date(thenAt).toISOString();
  const before = useQuery(access(of, thenText));
  const after = useQuery(access(of, and));
  const roles = useQuery({ ...groupRoles('group' in of ? of.group : ''), enabled: 'group' in of, retry: false }).data;
  const rows = useMemo(() => (before.data === undefined || after.data === undefined ? [] : rowsOf(of, before.data, after.data)), [of, before.data, after.data]);
  const from = Math.min(startOfDay(now) - 6 * DAY, startOfDay(thenAt));
  const line = useMemo(() => (roles === undefined ? undefined : countsOf(roles, from, now)), [roles, from, now]);
  const had = rows.filter((row) => row.before !== undefined).length;
  const have = rows.filter((row) => row.after !== undefined).length;
  const gained = rows.filter((row) => row.before === undefined && row.after !== undefined).length;
  const lost = rows.filter((row) => row.before !== undefined && row.after === undefined).length;
  const shown = differs ? rows.filter((row) => row.before === undefined || row.after === undefined) : rows;
  const at = (when: string | undefined) => (when === undefined ? t('audit.now') : point(when, now));
  const save = () => {
    const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const say = (holding: Holding | undefined, could: Holding | undefined) => (holding !== undefined ? accessName(holding.accessId) : could !== undefined ? t('access.could') : t('access.none'));
    const text = [
      [t('table.who'), thenText, and ?? new Date(now).toISOString()].map(cell).join(','),
      ...shown.map((row) => [row.name, say(row.before, row.could), say(row.after, row.can)].map(cell).join(',')),
    ].join('\r\n');
    const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = 'ephor-access.csv';
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <>
      <div className="field-row access-fields">
        {picker}
        <label>
          <span className="strong">{t('access.then')}</span>
          <br />
          <input
            className="native"
            type="datetime-local"
            max={toField(now)}
            value={toField(thenAt)}
            onChange={(event) => {
              const when = fromField(event.target.value);
              if (when !== undefined) onSearch({ then: new Date(when).toISOString() });
            }}
          />
        </label>
        <label>
          <span className="strong">{t('access.compare')}</span>
          <br />
          <input
            className="native"
            type="datetime-local"
            max={toField(now)}
            value={and === undefined ? '' : toField(and)}
            onChange={(event) => {
              const when = fromField(event.target.value);
              onSearch({ and: when === undefined ? undefined : new Date(when).toISOString() });
            }}
          />
        </label>
        {and === undefined ? null : (
          <Button appearance="subtle" onClick={() => onSearch({ and: undefined })}>
            {t('access.withNow')}
          </Button>
        )}
        <Button icon={<ArrowDownloadRegular />} onClick={save}>
          {t('access.export')}
        </Button>
      </div>
      {line === undefined ? null : <CountLine points={line} from={from} to={Math.max(now, startOfDay(now) + DAY)} now={now} then={thenAt} and={and === undefined ? undefined : millis(and)} onSearch={onSearch} />}
      <Loaded query={before}>
        {() => (
          <Loaded query={after}>
            {() => (
              <>
                <div className="section-head" style={{ marginTop: 24 }}>
                  <h2 aria-live="polite">{t('access.finding', { had, have, gained, lost })}</h2>
                  <span className="more">
                    <Checkbox label={t('access.onlyDiffers')} checked={differs} onChange={(_, data) => onSearch({ differs: data.checked === true ? true : undefined })} />
                  </span>
                </div>
                {shown.length === 0 ? (
                  <Empty icon={HistoryRegular} line={t(differs && rows.length > 0 ? 'access.noDifference' : 'access.nobody')} />
                ) : (
                  <table className="table stacks">
                    <thead>
                      <tr>
                        <th scope="col">{t('user' in of ? 'table.group' : 'table.who')}</th>
                        <th scope="col">{t('access.change')}</th>
                        <th scope="col">{point(thenAt, now) === at(undefined) ? t('access.then') : `${dayShort(thenAt)}, ${point(thenAt, thenAt)}`}</th>
                        <th scope="col">{at(and)}</th>
                        <th scope="col">{t('access.byWhat')}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((row) => (
                        <tr key={row.key}>
                          <td className="first">
                            <span className="who">
                              {row.kind === 'group' && 'user' in of ? <GroupMark name={row.name} small /> : <PrincipalMark name={row.name} kind={row.kind} />}
                              <span className="strong"><Named of={row.name} /></span>
                            </span>
                          </td>
                          <td>
                            <Change row={row} />
                          </td>
                          <td>
                            <Held holding={row.before} could={row.could} now={now} />
                          </td>
                          <td>
                            <Held holding={row.after} could={row.can} now={now} />
                          </td>
                          <td className="secondary">
                            <ByWhat holding={row.after ?? row.before} />
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                )}
              </>
            )}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}
