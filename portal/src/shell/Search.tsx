/** Finds a group, a person or a request from anywhere. */
import './search.css';
import { SearchRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { find, myRequests } from '../api/queries';
import { t } from '../i18n';
import { GroupMark, PrincipalMark } from '../parts/marks';
import { Sheet, useFirstFocus } from '../parts/Sheet';
import { reasons } from '../parts/messages';
import { dayOf } from '../time/format';
import { Named } from '../parts/named';

export default function Search({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const box = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  useFirstFocus(box);
  useEffect(() => {
    const timer = setTimeout(() => setText(typed.trim()), 200);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery({ ...find(text, ['group', 'user']), enabled: text !== '' });
  const requests = useQuery(myRequests());
  const mine = text === '' ? [] : (requests.data ?? []).filter((one) => `${one.group?.displayName ?? ''} ${one.justification ?? ''} ${one.id}`.toLowerCase().includes(text.toLowerCase())).slice(0, 4);
  const rows = [
    ...(found.data ?? []).map((row) => ({
      id: row.id,
      mark: row.kind === 'group' ? <GroupMark name={row.displayName} small /> : <PrincipalMark name={row.displayName} />,
      title: row.displayName ?? row.id,
      detail: row.kind === 'group' ? row.description : row.jobTitle,
      go: () => navigate(row.kind === 'group' ? { to: '/groups/$id/{-$tab}', params: { id: row.id, tab: 'overview' } } : { to: '/directory/users/$id', params: { id: row.id } }),
    })),
    ...mine.map((one) => ({
      id: one.id,
      mark: <GroupMark name={one.group?.displayName} small />,
      title: `${one.group?.displayName ?? ''}, ${dayOf(one.createdDateTime)}`,
      detail: one.justification,
      go: () => navigate({ to: '/requests/$id', params: { id: one.id } }),
    })),
  ];
  const chosen = Math.min(at, rows.length - 1);
  const open = (row: (typeof rows)[number] | undefined) => {
    if (row === undefined) return;
    onClose();
    void row.go();
  };
  return (
    <Sheet title={t('search.title')} onClose={onClose}>
      <div className="search-field">
        <SearchRegular aria-hidden />
        <input
          ref={box}
          className="native"
          role="combobox"
          aria-expanded={rows.length > 0}
          aria-controls="search-rows"
          aria-activedescendant={chosen >= 0 ? `search-${chosen}` : undefined}
          aria-label={t('search.prompt')}
          placeholder={t('search.prompt')}
          value={typed}
          onChange={(event) => (setTyped(event.target.value), setAt(0))}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, rows.length - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
            else if (event.key === 'Enter') open(rows[chosen]);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <ul id="search-rows" role="listbox" aria-label={t('search.title')} className="search-rows">
        {rows.map((row, index) => (
          <li key={row.id} id={`search-${index}`} role="option" aria-selected={index === chosen} onMouseEnter={() => setAt(index)} onClick={() => open(row)}>
            {row.mark}
            <span className="row-words">
              <span className="row-title"><Named of={row.title} /></span>
              <br />
              <span className="secondary">{row.detail}</span>
            </span>
          </li>
        ))}
      </ul>
      <p role="status" className="secondary">
        {found.isError ? reasons(found.error)[0]?.message : text !== '' && found.isSuccess && rows.length === 0 ? t('search.none', { text }) : ''}
      </p>
    </Sheet>
  );
}
