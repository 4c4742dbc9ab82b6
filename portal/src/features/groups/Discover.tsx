/** Brings groups under management: which can be, which can't and why; what that means stands beside the button (R-B1). */
import { Button, Checkbox, Input } from '@fluentui/react-components';
import { CheckmarkRegular, PeopleTeamRegular, SearchRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useState } from 'react';
import { post, refusal } from '../../api/client';
import { accessChanged, discover } from '../../api/queries';
import type { Candidate, PartError } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Empty, Head, Segmented, useTitle } from '../../parts/layout';
import { GroupMark } from '../../parts/marks';
import { Failed, Message, Refusal } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { kindOf } from './Groups';
import './discover.css';
import { Named } from '../../parts/named';

const MANY = 100;

function List({ all }: { all: Candidate[] }) {
  const { q = '', show } = useSearch({ from: '/groups/bring-in' });
  const navigate = useNavigate({ from: '/groups/bring-in' });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(0);
  const [failed, setFailed] = useState<unknown>();
  const [refused, setRefused] = useState<{ name: string; error: unknown }[]>([]);
  const [done, setDone] = useState<Candidate[]>([]);
  const can = all.filter((one) => one.manageable).length;
  const rows = useMemo(
    () =>
      all.filter(
        (one) =>
          (show === undefined || one.manageable === (show === 'yes')) && `${one.displayName} ${one.description ?? ''}`.toLowerCase().includes(q.toLowerCase()),
      ),
    [all, q, show],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => document.getElementById('main'),
    estimateSize: () => 61,
    overscan: 12,
    scrollMargin: 260,
  });
  const toggle = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const bring = async () => {
    const ids = [...chosen];
    setFailed(undefined);
    setRefused([]);
    const no: { name: string; error: unknown }[] = [];
    const yes: string[] = [];
    const nameOf = (id: string) => all.find((one) => one.id === id)?.displayName ?? id;
    try {
      for (let at = 0; at < ids.length; at += MANY) {
        setBusy(at + 1);
        const { value } = await post<{ value: { groupId: string; status: number; error: PartError | null }[] }>('/ephor/v1/groups/manage', { groupIds: ids.slice(at, at + MANY) });
        for (const one of value) {
          if (one.error === null) yes.push(one.groupId);
          else no.push({ name: nameOf(one.groupId), error: refusal(one.status, { error: one.error }) });
        }
      }
    } catch (error) {
      setFailed(error);
    }
    setBusy(0);
    setRefused(no);
    if (yes.length > 0) {
      announce(t('discover.done', { count: yes.length }));
      setDone(all.filter((one) => yes.includes(one.id)));
      setChosen(new Set(ids.filter((id) => !yes.includes(id))));
      await accessChanged();
    }
  };
  return (
    <>
      {done.length === 0 ? null : (
        <div style={{ marginBottom: 16 }}>
          <Message tone="live" title={t('discover.done', { count: done.length })} focus>
            {done.slice(0, 8).map((one) => (
              <p key={one.id}>
                <Link to="/groups/$id/{-$tab}" params={{ id: one.id, tab: 'settings' }}>
                  {t('discover.settings', { name: one.displayName })}
                </Link>
              </p>
            ))}
          </Message>
        </div>
      )}
      {refused.map(({ name, error }) => (
        <div key={name} style={{ marginBottom: 8 }}>
          <Refusal title={t('discover.not', { name })} error={error} />
        </div>
      ))}
      {failed === undefined ? null : <Failed error={failed} retry={() => void bring()} />}
      <div className="discover-tools">
        <Input
          contentBefore={<SearchRegular />}
          type="search"
          aria-label={t('groups.search', { count: all.length })}
          placeholder={t('groups.search', { count: all.length })}
          value={q}
          onChange={(_, data) => void navigate({ search: (search) => ({ ...search, q: data.value === '' ? undefined : data.value }), replace: true })}
        />
        <Segmented
          label={t('discover.show')}
          value={show ?? 'all'}
          options={[
            { value: 'all', label: t('discover.all'), count: all.length },
            { value: 'yes', label: t('discover.can'), count: can },
            { value: 'no', label: t('discover.cannot'), count: all.length - can },
          ]}
          onChange={(value) => void navigate({ search: (search) => ({ ...search, show: value === 'all' ? undefined : value }), replace: true })}
        />
      </div>
      {rows.length === 0 ? (
        <Empty icon={all.length === 0 ? PeopleTeamRegular : SearchRegular} line={t(all.length === 0 ? 'discover.none' : 'discover.noMatch')} sentence={all.length === 0 ? t('discover.noneWhy') : undefined} />
      ) : (
        <div role="table" aria-label={t('discover.title')} aria-rowcount={rows.length + 1} className="discover">
          <div role="row" className="discover-row discover-head" aria-rowindex={1}>
            <span role="columnheader">
              <span className="visually-hidden">{t('table.select')}</span>
            </span>
            <span role="columnheader">{t('table.group')}</span>
            <span role="columnheader">{t('table.kind')}</span>
            <span role="columnheader">{t('discover.question')}</span>
          </div>
          <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {virtual.getVirtualItems().map((item) => {
              const one = rows[item.index]!;
              return (
                <div
                  role="row"
                  key={one.id}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  aria-rowindex={item.index + 2}
                  className={chosen.has(one.id) ? 'discover-row chosen' : one.manageable ? 'discover-row' : 'discover-row cannot'}
                  style={{ position: 'absolute', insetInline: 0, transform: `translateY(${item.start - 260}px)` }}
                >
                  <span role="cell">{one.manageable ? <Checkbox checked={chosen.has(one.id)} onChange={(_, data) => toggle(one.id, data.checked === true)} aria-label={t('roles.choose', { name: one.displayName })} /> : null}</span>
                  <span role="cell" className="who">
                    <GroupMark name={one.displayName} small />
                    <span className="row-words">
                      <span className="row-title"><Named of={one.displayName} /></span>
                      <br />
                      <span className="secondary">{one.description}</span>
                    </span>
                  </span>
                  <span role="cell" className="discover-kind">
                    {kindOf(one)}
                  </span>
                  <span role="cell">
                    {one.manageable ? (
                      <span className="status live bare">
                        <CheckmarkRegular aria-hidden /> {t('discover.yes')}
                      </span>
                    ) : (
                      <span className="secondary">{one.reason}</span>
                    )}
                  </span>
                </div>
              );
            })}
          </div>
        </div>
      )}
      {chosen.size === 0 ? null : (
        <div className="foot-bar" role="region" aria-label={t('discover.chosen')}>
          <span className="strong" role="status">
            {t('discover.selected', { count: chosen.size })}
          </span>
          <span className="secondary">{t('discover.stays')}</span>
          <span className="do">
            <Button size="large" onClick={() => setChosen(new Set())}>
              {t('action.clear')}
            </Button>
            <Button size="large" appearance="primary" disabledFocusable={busy > 0} onClick={() => void bring()}>
              {busy > 0 ? t('discover.busy', { n: busy, count: chosen.size }) : t('discover.bring', { count: chosen.size })}
            </Button>
          </span>
        </div>
      )}
    </>
  );
}

export default function Discover() {
  useTitle(t('discover.title'), t('nav.groups'));
  const query = useQuery(discover());
  return (
    <>
      <Head title={t('discover.title')}>{t('discover.what')}</Head>
      <div style={{ marginTop: 20 }}>
        <Loaded query={query}>{(all) => <List all={all} />}</Loaded>
      </div>
    </>
  );
}
