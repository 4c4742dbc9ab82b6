/** The catalogs that somebody looks after, with the packages in each (R-G1). */
import './packages.css';
import { Button, Field, Input, Textarea } from '@fluentui/react-components';
import { AddRegular, BoxRegular, SearchRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { catalogs, makeCatalog, type Catalog } from '../../api/packages';
import { accessChanged } from '../../api/queries';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Empty, Head, Section, useTitle } from '../../parts/layout';
import { Refusal } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { Sheet } from '../../parts/Sheet';
import { Status } from '../../parts/status';
import { PackageMark } from './shown';
import { Named } from '../../parts/named';

/** Names something new and says what it is for. */
export function NameSheet({ title, verb, name: was = '', about: wasAbout = '', onSave, onClose }: { title: string; verb: string; name?: string; about?: string; onSave: (name: string, about: string) => Promise<void>; onClose: () => void }) {
  const [name, setName] = useState(was);
  const [about, setAbout] = useState(wasAbout);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onSave(name.trim(), about.trim());
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <Sheet title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div className="fields">
          <Field label={{ children: t('packages.name'), className: 'strong' }}>
            <Input value={name} maxLength={256} onChange={(_, data) => setName(data.value)} />
          </Field>
          <Field label={{ children: t('packages.about'), className: 'strong' }}>
            <Textarea value={about} rows={2} maxLength={500} onChange={(_, data) => setAbout(data.value)} />
          </Field>
          {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
        </div>
        <div className="sheet-actions">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="submit" appearance="primary" disabledFocusable={busy || name.trim() === ''}>
            {busy ? t('state.sending') : verb}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}

function One({ catalog, q }: { catalog: Catalog; q: string }) {
  const packages = (catalog.accessPackages ?? []).filter((one) => `${catalog.displayName} ${one.displayName} ${one.description ?? ''}`.toLowerCase().includes(q.toLowerCase()));
  return (
    <Section
      title={
        <Link to="/catalogs/$id/{-$tab}" params={{ id: catalog.id, tab: 'packages' }}>
          <Named of={catalog.displayName} />
        </Link>
      }
      count={t('catalogs.holds', { packages: t('catalogs.packages', { count: catalog.accessPackages?.length ?? 0 }), groups: t('catalogs.groups', { count: catalog.resources?.length ?? 0 }) })}
      more={catalog.state === 'unpublished' ? <Status is="notice">{t('catalogs.unpublished')}</Status> : undefined}
    >
      <div className="card">
        {packages.length === 0 ? (
          <p className="row secondary">{t('catalogs.noPackages')}</p>
        ) : (
          packages.map((one) => (
            <div key={one.id} className="row">
              <PackageMark />
              <span className="row-words">
                <Link to="/access-packages/$id/{-$tab}" params={{ id: one.id, tab: 'overview' }} className="row-title">
                  <Named of={one.displayName} />
                </Link>
                <br />
                <span className="secondary">{one.description}</span>
              </span>
              {one.isHidden ? <Status is="notice">{t('packages.hidden')}</Status> : null}
            </div>
          ))
        )}
      </div>
    </Section>
  );
}

export default function Catalogs() {
  useTitle(t('nav.catalogs'));
  const { q = '' } = useSearch({ from: '/catalogs' });
  const navigate = useNavigate({ from: '/catalogs' });
  const query = useQuery(catalogs());
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Head
        title={t('nav.catalogs')}
        actions={
          <Button appearance="primary" size="large" icon={<AddRegular />} onClick={() => setAdding(true)}>
            {t('catalogs.add')}
          </Button>
        }
      >
        {t('catalogs.what')}
      </Head>
      <div className="section">
        <Loaded query={query}>
          {(all) =>
            all.length === 0 ? (
              <Empty icon={BoxRegular} line={t('catalogs.none')} sentence={t('catalogs.noneWhy')} />
            ) : (
              <>
                <Input
                  contentBefore={<SearchRegular />}
                  type="search"
                  aria-label={t('catalogs.search')}
                  placeholder={t('catalogs.search')}
                  value={q}
                  style={{ width: 320, maxWidth: '100%' }}
                  onChange={(_, data) => void navigate({ search: { q: data.value === '' ? undefined : data.value }, replace: true })}
                />
                {all.map((one) => (
                  <One key={one.id} catalog={one} q={q} />
                ))}
              </>
            )
          }
        </Loaded>
      </div>
      {adding ? (
        <NameSheet
          title={t('catalogs.add')}
          verb={t('catalogs.add')}
          onClose={() => setAdding(false)}
          onSave={async (displayName, description) => {
            const made = await makeCatalog({ displayName, description });
            announce(t('catalogs.made', { name: displayName }));
            await accessChanged();
            setAdding(false);
            await navigate({ to: '/catalogs/$id/{-$tab}', params: { id: made.id, tab: 'resources' } });
          }}
        />
      ) : null}
    </>
  );
}
