/** The record: filtered by anything, counted over time, told in sentences, taken along (R-I2). */
import { Button, Input, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { AddRegular, ArrowDownloadRegular, BookmarkRegular, DismissRegular, SearchRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { here, refusal } from '../../api/client';
import { abilities, auditAddress, type AuditFilter } from '../../api/queries';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Title, useTitle } from '../../parts/layout';
import { Refusal } from '../../parts/messages';
import { PeoplePicker } from '../../parts/PeoplePicker';
import { Sheet } from '../../parts/Sheet';
import { prefer, usePreferences } from '../../preferences';
import type { AuditSearch } from '../../router';
import { send } from '../../session';
import { useMinute } from '../../time/clock';
import { fromField, point, toField } from '../../time/format';
import { AuditList } from './AuditList';
import { kinds, Name } from './sentences';
import { Named } from '../../parts/named';

/** Fetches the file page by page and hands it over; the server says where the next page is. */
async function download(filter: AuditFilter, format: 'csv' | 'jsonl', onProgress: (rows: number) => void): Promise<void> {
  const parts: string[] = [];
  let next: string | undefined = auditAddress(filter, { format });
  let rows = 0;
  while (next !== undefined) {
    const response: Response = await send(next);
    const text = await response.text();
    if (!response.ok) throw refusal(response.status, JSON.parse(text || 'null'));
    parts.push(text);
    rows += text.split('\n').length - 1;
    onProgress(rows);
    const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '');
    next = link?.[1] === undefined ? undefined : here(link[1]);
  }
  const url = URL.createObjectURL(new Blob(parts, { type: format === 'csv' ? 'text/csv' : 'application/jsonl' }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = `ephor-audit.${format}`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function FilterSheet({ search, onSearch, onClose }: { search: AuditSearch; onSearch: (change: Partial<AuditSearch>) => void; onClose: () => void }) {
  const now = useMinute();
  return (
    <Sheet title={t('audit.filter')} onClose={onClose}>
      <div className="fields">
        <div>
          <p className="strong">{t('table.group')}</p>
          <PeoplePicker label={t('table.group')} kinds={['group']} single value={search.group === undefined ? [] : [{ kind: 'group', id: search.group }]} onChange={([one]) => onSearch({ group: one?.id })} />
        </div>
        <div>
          <p className="strong">{t('table.who')}</p>
          <PeoplePicker label={t('table.who')} kinds={['user']} single value={search.person === undefined ? [] : [{ kind: 'user', id: search.person }]} onChange={([one]) => onSearch({ person: one?.id })} />
        </div>
        <label>
          <span className="strong">{t('audit.kind')}</span>
          <br />
          <select className="native" value={search.kind ?? ''} onChange={(event) => onSearch({ kind: event.target.value === '' ? undefined : event.target.value })}>
            <option value="">{t('audit.anyKind')}</option>
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {t(`audit.kinds.${kind}`)}
              </option>
            ))}
          </select>
        </label>
        <div className="field-row">
          {(['from', 'to'] as const).map((end) => (
            <label key={end}>
              <span className="strong">{t(end === 'from' ? 'table.from' : 'table.until')}</span>
              <br />
              <input
                className="native"
                type="datetime-local"
                max={toField(now)}
                value={search[end] === undefined ? '' : toField(search[end])}
                onChange={(event) => {
                  const at = fromField(event.target.value);
                  onSearch({ [end]: at === undefined ? undefined : new Date(at).toISOString() });
                }}
              />
            </label>
          ))}
        </div>
      </div>
      <div className="sheet-actions">
        <Button appearance="primary" onClick={onClose}>
          {t('audit.show')}
        </Button>
      </div>
    </Sheet>
  );
}

export default function Audit() {
  const search = useSearch({ from: '/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const may = useQuery(abilities()).data;
  const now = useMinute();
  const { auditFilters } = usePreferences();
  const [filtering, setFiltering] = useState(false);
  const [exporting, setExporting] = useState<number>();
  const [failed, setFailed] = useState<unknown>();
  const [naming, setNaming] = useState<string>();
  const mine = may?.audits === false;
  useTitle(t(mine ? 'nav.myAudit' : 'nav.audit'));
  const onSearch = (change: Partial<AuditSearch>) => void navigate({ search: (was) => ({ ...was, ...change }), replace: 'q' in change || 'entry' in change, resetScroll: false });
  const filter: AuditFilter = { view: mine ? 'mine' : undefined, groupId: search.group, principalId: search.person };
  const save = async (format: 'csv' | 'jsonl') => {
    setFailed(undefined);
    setExporting(0);
    try {
      await download({ ...filter, from: search.from, to: search.to }, format, setExporting);
      announce(t('audit.exported'));
    } catch (error) {
      setFailed(error);
    }
    setExporting(undefined);
  };
  const chip = (label: React.ReactNode, change: Partial<AuditSearch>) => (
    <button type="button" className="chip on" onClick={() => onSearch(change)}>
      {label} <DismissRegular aria-label={t('audit.drop')} fontSize={14} />
    </button>
  );
  const filterOf = (): Record<string, string> =>
    Object.fromEntries(Object.entries({ group: search.group, person: search.person, kind: search.kind, q: search.q }).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  return (
    <div className="full">
      {may === undefined ? (
        <h1 className="visually-hidden">{t('state.loading')}</h1>
      ) : (
        <AuditList
          filter={filter}
          search={search}
          onSearch={onSearch}
          head={({ shown }) => (
            <>
              <div className="head">
                <Title>{t(mine ? 'nav.myAudit' : 'nav.audit')}</Title>
                <div className="head-actions">
                  <Menu>
                    <MenuTrigger disableButtonEnhancement>
                      <Button appearance="subtle" icon={<BookmarkRegular />}>
                        {t('audit.savedFilters')}
                      </Button>
                    </MenuTrigger>
                    <MenuPopover>
                      <MenuList>
                        {auditFilters.map((one) => (
                          <MenuItem key={one.name} onClick={() => void navigate({ search: one.search as AuditSearch })}>
                            <Named of={one.name} />
                          </MenuItem>
                        ))}
                        <MenuItem onClick={() => setNaming('')}>{t('audit.saveFilter')}</MenuItem>
                        {auditFilters.length === 0 ? null : <MenuItem onClick={() => prefer({ auditFilters: [] })}>{t('audit.forgetFilters')}</MenuItem>}
                      </MenuList>
                    </MenuPopover>
                  </Menu>
                  <Menu>
                    <MenuTrigger disableButtonEnhancement>
                      <Button icon={<ArrowDownloadRegular />} disabledFocusable={exporting !== undefined}>
                        {exporting === undefined ? t('audit.export', { n: shown }) : t('audit.exporting', { n: exporting })}
                      </Button>
                    </MenuTrigger>
                    <MenuPopover>
                      <MenuList>
                        <MenuItem onClick={() => void save('csv')}>{t('audit.csv')}</MenuItem>
                        <MenuItem onClick={() => void save('jsonl')}>{t('audit.jsonl')}</MenuItem>
                      </MenuList>
                    </MenuPopover>
                  </Menu>
                </div>
              </div>
              <div className="audit-filters">
                <Input contentBefore={<SearchRegular />} type="search" aria-label={t('audit.search')} placeholder={t('audit.search')} value={search.q ?? ''} onChange={(_, data) => onSearch({ q: data.value === '' ? undefined : data.value })} />
                {search.group === undefined ? null : chip(<Name id={search.group} />, { group: undefined })}
                {search.person === undefined ? null : chip(<Name id={search.person} />, { person: undefined })}
                {search.kind === undefined ? null : chip(t(`audit.kinds.${search.kind as 'policyChanged'}`), { kind: undefined })}
                {search.from === undefined ? null : chip(t('audit.span', { from: point(search.from, now), to: search.to === undefined ? t('audit.now') : point(search.to, now) }), { from: undefined, to: undefined })}
                <Button appearance="subtle" icon={<AddRegular />} onClick={() => setFiltering(true)}>
                  {t('audit.filter')}
                </Button>
              </div>
              {failed === undefined ? null : <Refusal title={t('audit.notExported')} error={failed} />}
            </>
          )}
        />
      )}
      {filtering ? <FilterSheet search={search} onSearch={onSearch} onClose={() => setFiltering(false)} /> : null}
      {naming === undefined ? null : (
        <Sheet title={t('audit.saveFilter')} onClose={() => setNaming(undefined)}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              prefer({ auditFilters: [...auditFilters.filter((one) => one.name !== naming), { name: naming, search: filterOf() }] });
              setNaming(undefined);
            }}
          >
            <Input aria-label={t('audit.filterName')} placeholder={t('audit.filterName')} value={naming} onChange={(_, data) => setNaming(data.value)} style={{ width: '100%' }} />
            <div className="sheet-actions">
              <Button type="submit" appearance="primary" disabledFocusable={naming.trim() === ''}>
                {t('audit.saveFilter')}
              </Button>
            </div>
          </form>
        </Sheet>
      )}
    </div>
  );
}
