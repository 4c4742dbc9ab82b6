/** What places are built from: their head, sections, empty and loading states. */
import { Button } from '@fluentui/react-components';
import type { FluentIcon } from '@fluentui/react-icons';
import { useEffect, useRef, type ReactNode } from 'react';
import { t } from '../i18n';

/** The title of the place in the window, and the focus on a new place. */
export function useTitle(...parts: (string | undefined)[]): void {
  const title = parts.filter((part) => part !== undefined).join(', ');
  useEffect(() => {
    document.title = title === '' ? 'Ephor' : `${title} · Ephor`;
  }, [title]);
}

let arrivedAt: string | undefined;

/** The one heading of a place: takes the focus when somebody comes from another place. */
export function Title({ children, id }: { children: ReactNode; id?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const place = location.pathname;
    if (arrivedAt !== undefined && arrivedAt !== place) heading.current?.focus({ preventScroll: true });
    arrivedAt = place;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} id={id}>
      {children}
    </h1>
  );
}

/** Title, the sentence that says how things stand, and at most one primary button. */
export function Head({ title, mark, children, actions }: { title: ReactNode; mark?: ReactNode; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="head">
      {mark}
      <div className="head-words">
        <Title>{title}</Title>
        {children === undefined ? null : <p>{children}</p>}
      </div>
      {actions === undefined ? null : <div className="head-actions">{actions}</div>}
    </div>
  );
}

/** A part of a place, with its heading. */
export function Section({ title, count, more, children }: { title: ReactNode; count?: ReactNode; more?: ReactNode; children: ReactNode }) {
  return (
    <section className="section">
      <div className="section-head">
        <h2>{title}</h2>
        {count === undefined ? null : <span className="count num">{count}</span>}
        {more === undefined ? null : <span className="more">{more}</span>}
      </div>
      {children}
    </section>
  );
}

/** Nothing here: one line, one sentence, at most one thing to do. */
export function Empty({ icon: Icon, tone, line, sentence, children }: { icon: FluentIcon; tone?: 'live'; line: ReactNode; sentence?: ReactNode; children?: ReactNode }) {
  return (
    <div className="empty">
      <span className={tone === undefined ? 'disc' : `disc ${tone}`} aria-hidden>
        <Icon />
      </span>
      <p className="line">{line}</p>
      {sentence === undefined ? null : <p className="sentence">{sentence}</p>}
      {children === undefined ? null : <div className="do">{children}</div>}
    </div>
  );
}

/** Rows that are on their way. */
export function RowSkeletons({ rows = 3 }: { rows?: number }) {
  return (
    <div className="card waits" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <div className="row" key={row}>
          <span className="skeleton" style={{ width: 36, height: 36, borderRadius: 8 }} />
          <span className="row-words">
            <span className="skeleton" style={{ width: `${32 + ((row * 7) % 20)}%`, height: 14 }} />
            <span className="skeleton" style={{ width: `${48 + ((row * 11) % 20)}%`, height: 12, marginTop: 8 }} />
          </span>
          <span className="skeleton" style={{ width: 84, height: 30 }} />
        </div>
      ))}
    </div>
  );
}

/** A choice of few, side by side. */
export function Segmented<T extends string>({ label, value, options, onChange }: { label: string; value: T; options: readonly { value: T; label: ReactNode; count?: number | undefined }[]; onChange: (value: T) => void }) {
  const name = useRef(`s${Math.random().toString(36).slice(2)}`).current;
  return (
    <div className="segmented" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
          <span>
            {option.label}
            {option.count === undefined ? null : <span className="n num">{option.count}</span>}
          </span>
        </label>
      ))}
    </div>
  );
}

/** The next rows, or that there are no more. */
export function More({ onMore, busy }: { onMore: () => void; busy: boolean }) {
  return (
    <div style={{ padding: '16px 0' }}>
      <Button onClick={onMore} disabledFocusable={busy}>
        {t(busy ? 'state.loading' : 'action.more')}
      </Button>
    </div>
  );
}
