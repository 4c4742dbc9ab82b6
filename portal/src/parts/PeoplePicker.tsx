/** Finds people and groups and keeps those taken as tags. Who can't be chosen stays visible, with why. */
import './picker.css';
import { DismissRegular } from '@fluentui/react-icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import { directoryObject, find } from '../api/queries';
import { t } from '../i18n';
import { PrincipalMark } from './marks';
import { reasons } from './messages';
import { Named } from './named';

/** Somebody who was taken. */
export interface Picked {
  kind: 'user' | 'group';
  id: string;
}

/** Their name, as far as it is known. */
export function useNames(ids: readonly string[]): string[] {
  return useQueries({ queries: ids.map((id) => directoryObject(id)) }).map((one, at) => one.data?.displayName ?? (one.isPending ? '…' : (ids[at] ?? '')));
}

function Tag({ picked, onRemove }: { picked: Picked; onRemove: () => void }) {
  const [name = ''] = useNames([picked.id]);
  return (
    <span className="tag">
      <PrincipalMark name={name} kind={picked.kind} />
      <span><Named of={name} /></span>
      <button type="button" aria-label={t('picker.remove', { name })} onClick={onRemove}>
        <DismissRegular aria-hidden />
      </button>
    </span>
  );
}

export function PeoplePicker({ label, value, onChange, kinds = ['user', 'group'], why, hint, describedBy, single = false }: { label: string; value: readonly Picked[]; onChange: (value: Picked[]) => void; kinds?: readonly ('user' | 'group')[]; why?: (id: string, kind: 'user' | 'group') => string | undefined; hint?: string; describedBy?: string; single?: boolean }) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setText(typed.trim()), 200);
    return () => clearTimeout(timer);
  }, [typed]);
  const query = useQuery({ ...find(text, kinds), enabled: open });
  const rows = (query.data ?? []).filter((row) => !value.some((one) => one.id === row.id));
  const chosen = Math.min(at, rows.length - 1);
  const take = (row: (typeof rows)[number] | undefined) => {
    if (row === undefined || why?.(row.id, row.kind) !== undefined) return;
    onChange([...(single ? [] : value), { kind: row.kind, id: row.id }]);
    setTyped('');
    setText('');
    setAt(0);
    // The list goes, so that what is below it can be pressed; typing, a click or an arrow brings it back.
    setOpen(false);
    box.current?.focus();
  };
  return (
    <div className="picker">
      <div className="picker-field" onClick={() => box.current?.focus()}>
        {value.map((one) => (
          <Tag
            key={one.id}
            picked={one}
            onRemove={() => {
              onChange(value.filter((other) => other.id !== one.id));
              box.current?.focus();
            }}
          />
        ))}
        <input
          ref={box}
          role="combobox"
          aria-label={label}
          aria-expanded={open && rows.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && chosen >= 0 ? `${id}-${chosen}` : undefined}
          aria-describedby={describedBy}
          placeholder={value.length === 0 || !single ? (hint ?? t('picker.hint')) : ''}
          value={typed}
          onFocus={() => setOpen(true)}
          onClick={() => setOpen(true)}
          onBlur={() => setTimeout(() => setOpen(false), 150)}
          onChange={(event) => {
            setTyped(event.target.value);
            setOpen(true);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') {
              setOpen(true);
              setAt(Math.min(chosen + 1, rows.length - 1));
            } else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
            else if (event.key === 'Enter' && open && rows.length > 0) take(rows[chosen]);
            else if (event.key === 'Escape' && open) {
              setOpen(false);
              event.stopPropagation();
            } else if (event.key === 'Backspace' && typed === '' && value.length > 0) onChange(value.slice(0, -1));
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <ul id={`${id}-list`} role="listbox" aria-label={label} className="picker-list" hidden={!open || (rows.length === 0 && !query.isError && !query.isSuccess)}>
        {rows.map((row, index) => {
          const not = why?.(row.id, row.kind);
          return (
            <li key={row.id} id={`${id}-${index}`} role="option" aria-selected={index === chosen} aria-disabled={not !== undefined} onMouseDown={(event) => event.preventDefault()} onMouseEnter={() => setAt(index)} onClick={() => take(row)}>
              <PrincipalMark name={row.displayName} kind={row.kind} />
              <span className="row-words">
                <Named of={row.displayName} />
                <br />
                <span className="secondary">{not ?? (row.kind === 'group' ? (row.description ?? t('picker.group')) : (row.jobTitle ?? row.userPrincipalName))}</span>
              </span>
            </li>
          );
        })}
        {rows.length === 0 ? (
          <li role="option" aria-selected={false} aria-disabled className="secondary">
            {query.isError ? reasons(query.error)[0]?.message : t('picker.none')}
          </li>
        ) : null}
      </ul>
      <span role="status" className="visually-hidden">
        {open && query.isSuccess ? t('picker.found', { count: rows.length }) : ''}
      </span>
    </div>
  );
}
