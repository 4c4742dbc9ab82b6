/** A catalog: the packages in it, the groups it may hand out, and who looks after it (R-G1, R-G5). */
import './packages.css';
import { Button, Select } from '@fluentui/react-components';
import { AddRegular, BoxRegular, PeopleTeamRegular, PersonRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { catalog as catalogQuery, catalogRoleDefinitions, catalogRoles, changeResource, giveCatalogRole, makePackage, takeCatalogRole, type Catalog, type Resource } from '../../api/packages';
import { accessChanged } from '../../api/queries';
import { t, tMaybe } from '../../i18n';
import { announce } from '../../parts/announce';
import { Empty, Title, useTitle } from '../../parts/layout';
import { GroupMark } from '../../parts/marks';
import { Refusal } from '../../parts/messages';
import { PeoplePicker, type Picked } from '../../parts/PeoplePicker';
import { Loaded } from '../../parts/Query';
import { Sheet } from '../../parts/Sheet';
import { Status } from '../../parts/status';
import { catalogTabs, type CatalogTab } from '../../router';
import { Name } from '../audit/sentences';
import { NameSheet } from './Catalogs';
import { PackageMark, roleName } from './shown';
import { Named } from '../../parts/named';

/** Does something and says what came of it: busy, done, or why not. */
export function useDoing(): { busy: boolean; error: unknown; run: (what: () => Promise<unknown>, done: string) => Promise<boolean> } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (what: () => Promise<unknown>, done: string) => {
    setBusy(true);
    setError(undefined);
    try {
      await what();
      announce(done);
      await accessChanged();
      return true;
    } catch (failed) {
      setError(failed);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}

function Packages({ catalog }: { catalog: Catalog }) {
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const packages = catalog.accessPackages ?? [];
  return (
    <>
      <div className="tools">
        <Button icon={<AddRegular />} appearance="primary" onClick={() => setAdding(true)}>
          {t('packages.add')}
        </Button>
      </div>
      {packages.length === 0 ? (
        <Empty icon={BoxRegular} line={t('catalogs.noPackages')} sentence={t('packages.noneHereWhy')} />
      ) : (
        <ul className="card">
          {packages.map((one) => (
            <li key={one.id} className="row">
              <PackageMark />
              <span className="row-words">
                <Link to="/access-packages/$id/{-$tab}" params={{ id: one.id, tab: 'overview' }} className="row-title">
                  <Named of={one.displayName} />
                </Link>
                <br />
                <span className="secondary">{one.description}</span>
              </span>
              {one.isHidden ? <Status is="notice">{t('packages.hidden')}</Status> : null}
            </li>
          ))}
        </ul>
      )}
      {adding ? (
        <NameSheet
          title={t('packages.add')}
          verb={t('packages.add')}
          onClose={() => setAdding(false)}
          onSave={async (displayName, description) => {
            const made = await makePackage(catalog.id, { displayName, description });
            announce(t('packages.made', { name: displayName }));
            await accessChanged();
            setAdding(false);
            await navigate({ to: '/access-packages/$id/{-$tab}', params: { id: made.id, tab: 'roles' } });
          }}
        />
      ) : null}
    </>
  );
}

function AddGroups({ catalog, onClose }: { catalog: Catalog; onClose: () => void }) {
  const [groups, setGroups] = useState<Picked[]>([]);
  const { busy, error, run } = useDoing();
  const has = new Set((catalog.resources ?? []).map((one) => one.originId));
  const add = async () => {
    let left = groups;
    const done = await run(async () => {
      for (const one of groups) {
        await changeResource('adminAdd', catalog.id, one.id);
        left = left.filter((other) => other.id !== one.id);
      }
    }, t('catalogs.groupsAdded', { count: groups.length }));
    if (done) onClose();
    else setGroups(left);
  };
  return (
    <Sheet title={t('catalogs.addGroups')} onClose={onClose}>
      <div className="fields">
        <p className="secondary">{t('catalogs.addGroupsWhat')}</p>
        <PeoplePicker label={t('catalogs.whichGroups')} kinds={['group']} value={groups} onChange={setGroups} why={(id) => (has.has(id) ? t('catalogs.alreadyIn') : undefined)} />
        {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
      </div>
      <div className="sheet-actions">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button appearance="primary" disabledFocusable={busy || groups.length === 0} onClick={() => void add()}>
          {t('catalogs.addCount', { count: groups.length })}
        </Button>
      </div>
    </Sheet>
  );
}

function Resources({ catalog }: { catalog: Catalog }) {
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Resource>();
  const { busy, error, run } = useDoing();
  const resources = catalog.resources ?? [];
  return (
    <>
      <div className="tools">
        <Button icon={<AddRegular />} appearance="primary" onClick={() => setAdding(true)}>
          {t('catalogs.addGroups')}
        </Button>
      </div>
      {resources.length === 0 ? (
        <Empty icon={PeopleTeamRegular} line={t('catalogs.noGroups')} sentence={t('catalogs.noGroupsWhy')} />
      ) : (
        <ul className="card">
          {resources.map((one) => (
            <li key={one.id} className="row">
              <GroupMark name={one.displayName} />
              <span className="row-words">
                <Link to="/groups/$id/{-$tab}" params={{ id: one.originId, tab: 'overview' }} className="row-title">
                  <Named of={one.displayName} />
                </Link>
                <br />
                <span className="secondary">{t('catalogs.offers', { roles: (one.roles ?? []).map((role) => roleName(role.displayName)).join(', ') })}</span>
              </span>
              <Button onClick={() => setLeaving(one)} aria-label={t('catalogs.takeOutNamed', { name: one.displayName })}>
                {t('catalogs.takeOut')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {adding ? <AddGroups catalog={catalog} onClose={() => setAdding(false)} /> : null}
      {leaving === undefined ? null : (
        <Sheet title={t('catalogs.takeOutTitle', { name: leaving.displayName })} onClose={() => setLeaving(undefined)}>
          <p>{t('catalogs.takeOutWhat')}</p>
          {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
          <div className="sheet-actions">
            <Button onClick={() => setLeaving(undefined)}>{t('action.cancel')}</Button>
            <Button
              appearance="primary"
              disabledFocusable={busy}
              onClick={() => void run(() => changeResource('adminRemove', catalog.id, leaving.originId), t('catalogs.takenOut', { name: leaving.displayName })).then((done) => (done ? setLeaving(undefined) : undefined))}
            >
              {t('catalogs.takeOut')}
            </Button>
          </div>
        </Sheet>
      )}
    </>
  );
}

function Roles({ catalog }: { catalog: Catalog }) {
  const query = useQuery(catalogRoles(catalog.id));
  const definitions = useQuery(catalogRoleDefinitions()).data ?? [];
  const [adding, setAdding] = useState(false);
  const [who, setWho] = useState<Picked[]>([]);
  const [what, setWhat] = useState('');
  const { busy, error, run } = useDoing();
  // A catalog's creator makes catalogs: that is not a role over one.
  const offered = definitions.filter((one) => one.displayName !== 'Catalog creator');
  const chosen = offered.find((one) => one.id === what) ?? offered[0];
  const named = (name: string | undefined) => (name === undefined ? '' : (tMaybe(`catalogs.role.${name}`) ?? name));
  const give = async () => {
    const [one] = who;
    if (one === undefined || chosen === undefined) return;
    if (await run(() => giveCatalogRole(catalog.id, chosen.id, one.id), t('catalogs.roleGiven'))) {
      setAdding(false);
      setWho([]);
    }
  };
  return (
    <>
      <div className="tools">
        <Button icon={<AddRegular />} appearance="primary" onClick={() => setAdding(true)}>
          {t('catalogs.giveRole')}
        </Button>
      </div>
      {error !== undefined && !adding ? <Refusal title={t('packages.notSaved')} error={error} /> : null}
      <Loaded query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty icon={PersonRegular} line={t('catalogs.noRoles')} sentence={t('catalogs.noRolesWhy')} />
          ) : (
            <ul className="card">
              {rows.map((one) => (
                <li key={one.id} className="row">
                  <span className="row-words">
                    <span className="row-title">
                      <Name id={one.principalId} />
                    </span>
                    <br />
                    <span className="secondary">{named(one.roleDefinition?.displayName)}</span>
                  </span>
                  <Button disabledFocusable={busy} onClick={() => void run(() => takeCatalogRole(one.id), t('catalogs.roleTaken'))} aria-label={t('catalogs.takeRoleNamed', { role: named(one.roleDefinition?.displayName) })}>
                    {t('catalogs.takeRole')}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {adding ? (
        <Sheet title={t('catalogs.giveRole')} onClose={() => setAdding(false)}>
          <div className="fields">
            <label>
              <span className="strong">{t('catalogs.whichRole')}</span>
              <Select value={chosen?.id ?? ''} onChange={(_, data) => setWhat(data.value)}>
                {offered.map((one) => (
                  <option key={one.id} value={one.id}>
                    {named(one.displayName)}
                  </option>
                ))}
              </Select>
            </label>
            <div>
              <p className="strong">{t('wizard.whoLabel')}</p>
              <PeoplePicker label={t('wizard.whoLabel')} single value={who} onChange={setWho} />
            </div>
            {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
          </div>
          <div className="sheet-actions">
            <Button onClick={() => setAdding(false)}>{t('action.cancel')}</Button>
            <Button appearance="primary" disabledFocusable={busy || who.length === 0} onClick={() => void give()}>
              {t('catalogs.giveRole')}
            </Button>
          </div>
        </Sheet>
      ) : null}
    </>
  );
}

const bodies = { packages: Packages, resources: Resources, people: Roles };

export default function CatalogPage() {
  const { id, tab } = useParams({ from: '/catalogs/$id/{-$tab}' });
  const query = useQuery(catalogQuery(id));
  useTitle(query.data?.displayName, t(`catalogs.tab.${tab}`));
  const Body = bodies[tab];
  return (
    <Loaded query={query} place>
      {(catalog) => (
        <>
          <div className="head">
            <div className="head-words">
              <Title><Named of={catalog.displayName} /></Title>
              <p>{[catalog.description, catalog.state === 'unpublished' ? t('catalogs.unpublished') : undefined].filter(Boolean).join(' · ')}</p>
            </div>
          </div>
          <nav className="tabs" aria-label={t('catalogs.tabs')}>
            {catalogTabs.map((one: CatalogTab) => (
              <Link key={one} to="/catalogs/$id/{-$tab}" params={{ id, tab: one }} activeOptions={{ exact: true }} aria-current={one === tab ? 'page' : undefined}>
                {t(`catalogs.tab.${one}`)}
              </Link>
            ))}
          </nav>
          <div className="section">
            <Body catalog={catalog} />
          </div>
        </>
      )}
    </Loaded>
  );
}
