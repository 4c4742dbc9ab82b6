/** A package: what it leads to, its roles and policies, who has it, and what was asked (R-G2 to R-G4). */
import './packages.css';
import { Button, Checkbox, Switch } from '@fluentui/react-components';
import { AddRegular, BoxRegular, PersonAddRegular, SendClockRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import {
  accessPackage,
  addRole,
  askForPackage,
  catalog as catalogQuery,
  changePackage,
  lifecycle,
  packageAssignments,
  packageRequests,
  removePackage,
  removePolicy,
  removeRole,
  repairPackage,
  type AccessPackage,
  type PackageAssignment,
  type PackagePolicy,
  type RoleScope,
} from '../../api/packages';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Empty, Section, Segmented, Title, useTitle } from '../../parts/layout';
import { PrincipalMark } from '../../parts/marks';
import { Message, Refusal } from '../../parts/messages';
import { PeoplePicker, type Picked } from '../../parts/PeoplePicker';
import { Loaded } from '../../parts/Query';
import { Sheet } from '../../parts/Sheet';
import { Status } from '../../parts/status';
import { At } from '../../parts/time';
import { packageTabs } from '../../router';
import { useMinute } from '../../time/clock';
import { until } from '../../time/format';
import { NameSheet } from './Catalogs';
import { useDoing } from './CatalogPage';
import { Picture } from './LeadsTo';
import { isLive } from './MyAccess';
import { PolicyWords } from './policy';
import { assignmentEnd, assignmentStanding, HeldRoles, PackageMark, packageStanding, roleName } from './shown';
import { Named } from '../../parts/named';

const PolicyWizard = lazy(() => import('./PolicyWizard'));

function Warnings({ id }: { id: string }) {
  const called = useQuery(lifecycle(id)).data ?? [];
  if (called.length === 0) return null;
  return (
    <div className="section">
      <Message tone="soon" title={t('packages.lifecycle', { count: called.length })}>
        <ul>
          {called.map((one) => (
            <li key={one.message}>
              <span>
                {one.message}{' '}
                <Link to="/groups/$id/{-$tab}" params={{ id: one.groupId, tab: 'settings' }} search={{ part: 'assignment' }}>
                  {t('packages.lifecycleSettings', { name: one.group })}
                </Link>
              </span>
            </li>
          ))}
        </ul>
      </Message>
    </div>
  );
}

function Overview({ one }: { one: AccessPackage }) {
  const now = useMinute();
  const assignments = useQuery(packageAssignments(one.id)).data;
  const requests = useQuery(packageRequests(one.id)).data;
  const live = assignments?.filter((other) => isLive(other, now)) ?? [];
  const lost = live.filter((other) => other['@ephor.roles'].some((role) => !role.held)).length;
  const waiting = requests?.filter((other) => other.state === 'pendingApproval').length ?? 0;
  return (
    <>
      <p>
        {assignments === undefined ? '\u00a0' : t('packages.haveIt', { count: live.length })} {lost === 0 ? '' : t('packages.someLost', { count: lost })} {waiting === 0 ? '' : t('packages.someWait', { count: waiting })}
      </p>
      <Warnings id={one.id} />
      <Section title={t('packages.leads.title')}>
        <Picture one={one} />
      </Section>
      <Section title={t('packages.handedOut')}>
        {(one.assignmentPolicies ?? []).length === 0 ? (
          <p className="secondary">{t('packages.noPolicy')}</p>
        ) : (
          <div className="handed">
            {(one.assignmentPolicies ?? []).map((policy) => (
              <PolicyWords key={policy.id} policy={policy} />
            ))}
          </div>
        )}
      </Section>
    </>
  );
}

function AddRoles({ one, onClose }: { one: AccessPackage; onClose: () => void }) {
  const query = useQuery({ ...catalogQuery(one.catalog?.id ?? ''), enabled: one.catalog !== undefined });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { busy, error, run } = useDoing();
  const has = new Set((one.resourceRoleScopes ?? []).map((held) => held.role.originId));
  const resources = query.data?.resources ?? [];
  const add = async () => {
    const wanted = resources.flatMap((resource) => (resource.roles ?? []).filter((role) => chosen.has(role.originId)).map((role) => ({ resource, role })));
    const done = await run(async () => {
      for (const { resource, role } of wanted) await addRole(one.id, role, resource);
    }, t('packages.rolesAdded', { count: wanted.length }));
    if (done) onClose();
  };
  return (
    <Sheet title={t('packages.addRoles')} onClose={onClose}>
      <Loaded query={query}>
        {() =>
          resources.length === 0 ? (
            <p>
              {t('catalogs.noGroupsWhy')}{' '}
              <Link to="/catalogs/$id/{-$tab}" params={{ id: one.catalog?.id ?? '', tab: 'resources' }}>
                {t('catalogs.addGroups')}
              </Link>
            </p>
          ) : (
            <div className="fields">
              {resources.map((resource) => (
                <fieldset key={resource.id} className="package-choices">
                  <legend className="strong"><Named of={resource.displayName} /></legend>
                  {(resource.roles ?? []).map((role) => (
                    <Checkbox
                      key={role.originId}
                      label={roleName(role.displayName)}
                      checked={chosen.has(role.originId) || has.has(role.originId)}
                      disabled={has.has(role.originId)}
                      onChange={(_, data) => {
                        const next = new Set(chosen);
                        if (data.checked === true) next.add(role.originId);
                        else next.delete(role.originId);
                        setChosen(next);
                      }}
                    />
                  ))}
                  {(resource.roles ?? []).some((role) => role.type === 'eligible') ? null : <p className="secondary">{t('packages.onlyActive')}</p>}
                </fieldset>
              ))}
              {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
            </div>
          )
        }
      </Loaded>
      <div className="sheet-actions">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button appearance="primary" disabledFocusable={busy || chosen.size === 0} onClick={() => void add()}>
          {t('packages.addRolesCount', { count: chosen.size })}
        </Button>
      </div>
    </Sheet>
  );
}

function Roles({ one }: { one: AccessPackage }) {
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<RoleScope>();
  const { busy, error, run } = useDoing();
  const roles = one.resourceRoleScopes ?? [];
  const named = (role: RoleScope) => t('packages.roleOf', { role: roleName(role.role.displayName), group: role.role.resource?.displayName ?? role.scope.originId });
  return (
    <>
      <div className="tools">
        <Button icon={<AddRegular />} appearance="primary" onClick={() => setAdding(true)}>
          {t('packages.addRoles')}
        </Button>
      </div>
      {roles.length === 0 ? (
        <Empty icon={BoxRegular} line={t('packages.givesNothing')} sentence={t('packages.givesNothingWhy')} />
      ) : (
        <ul className="card">
          {roles.map((role) => (
            <li key={role.id} className="row">
              <span className="row-words">
                <Link to="/groups/$id/{-$tab}" params={{ id: role.scope.originId, tab: 'overview' }} className="row-title">
                  {named(role)}
                </Link>
                <br />
                <span className="secondary">{t(role.role.type === 'eligible' ? 'packages.eligibleMeans' : 'packages.activeMeans')}</span>
              </span>
              <Button onClick={() => setLeaving(role)} aria-label={t('catalogs.takeOutNamed', { name: named(role) })}>
                {t('catalogs.takeOut')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Warnings id={one.id} />
      {adding ? <AddRoles one={one} onClose={() => setAdding(false)} /> : null}
      {leaving === undefined ? null : (
        <Sheet title={t('catalogs.takeOutTitle', { name: named(leaving) })} onClose={() => setLeaving(undefined)}>
          <p>{t('packages.takeRoleWhat')}</p>
          {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
          <div className="sheet-actions">
            <Button onClick={() => setLeaving(undefined)}>{t('action.cancel')}</Button>
            <Button appearance="primary" disabledFocusable={busy} onClick={() => void run(() => removeRole(one.id, leaving.id), t('catalogs.takenOut', { name: named(leaving) })).then((done) => (done ? setLeaving(undefined) : undefined))}>
              {t('catalogs.takeOut')}
            </Button>
          </div>
        </Sheet>
      )}
    </>
  );
}

function Policies({ one }: { one: AccessPackage }) {
  const [editing, setEditing] = useState<PackagePolicy | 'new'>();
  const { busy, error, run } = useDoing();
  const policies = one.assignmentPolicies ?? [];
  return (
    <>
      <div className="tools">
        <Button icon={<AddRegular />} appearance="primary" onClick={() => setEditing('new')}>
          {t('policy.add')}
        </Button>
      </div>
      {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
      {policies.length === 0 ? (
        <Empty icon={SendClockRegular} line={t('packages.noPolicy')} sentence={t('packages.noPolicyWhy')} />
      ) : (
        <ul className="card">
          {policies.map((policy) => (
            <li key={policy.id} className="row">
              <span className="row-words">
                <span className="row-title"><Named of={policy.displayName} /></span>
                <PolicyWords policy={policy} />
              </span>
              <span className="package-do">
                <Button onClick={() => setEditing(policy)} aria-label={t('policy.changeNamed', { name: policy.displayName })}>
                  {t('policy.change')}
                </Button>
                <Button disabledFocusable={busy} onClick={() => void run(() => removePolicy(policy.id), t('policy.removed', { name: policy.displayName }))} aria-label={t('policy.removeNamed', { name: policy.displayName })}>
                  {t('policy.remove')}
                </Button>
              </span>
            </li>
          ))}
        </ul>
      )}
      <Warnings id={one.id} />
      <Suspense>{editing === undefined ? null : <PolicyWizard one={one} policy={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}</Suspense>
    </>
  );
}

function Assign({ one, onClose }: { one: AccessPackage; onClose: () => void }) {
  const [who, setWho] = useState<Picked[]>([]);
  const [under, setUnder] = useState(one.assignmentPolicies?.[0]?.id ?? '');
  const { busy, error, run } = useDoing();
  const assign = async () => {
    let left = who;
    const done = await run(async () => {
      for (const person of who) {
        await askForPackage({ requestType: 'adminAdd', assignment: { targetId: person.id, accessPackageId: one.id, assignmentPolicyId: under } });
        left = left.filter((other) => other.id !== person.id);
      }
    }, t('wizard.done', { count: who.length }));
    if (done) onClose();
    else setWho(left);
  };
  return (
    <Sheet title={t('packages.assign')} onClose={onClose}>
      <div className="fields">
        <div>
          <p className="strong">{t('wizard.whoLabel')}</p>
          <PeoplePicker label={t('wizard.whoLabel')} kinds={['user']} value={who} onChange={setWho} />
        </div>
        <label>
          <span className="strong">{t('packages.under')}</span>
          <br />
          <select className="native" value={under} onChange={(event) => setUnder(event.target.value)}>
            {(one.assignmentPolicies ?? []).map((policy) => (
              <option key={policy.id} value={policy.id}>
                <Named of={policy.displayName} />
              </option>
            ))}
          </select>
        </label>
        {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
      </div>
      <div className="sheet-actions">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button appearance="primary" disabledFocusable={busy || who.length === 0 || under === ''} onClick={() => void assign()}>
          {t('wizard.assign', { count: who.length })}
        </Button>
      </div>
    </Sheet>
  );
}

function Assignments({ one }: { one: AccessPackage }) {
  const now = useMinute();
  const query = useQuery(packageAssignments(one.id));
  const { state } = useSearch({ from: '/access-packages/$id/{-$tab}' });
  const navigate = useNavigate({ from: '/access-packages/$id/{-$tab}' });
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<PackageAssignment>();
  const { busy, error, run } = useDoing();
  return (
    <>
      <div className="tools">
        <Segmented
          label={t('packages.which')}
          value={state ?? 'live'}
          options={[
            { value: 'live', label: t('packages.live') },
            { value: 'lost', label: t('packages.discrepancies') },
            { value: 'over', label: t('packages.over') },
          ]}
          onChange={(value) => void navigate({ search: { state: value === 'live' ? undefined : value }, replace: true })}
        />
        <span className="end">
          <Button icon={<PersonAddRegular />} appearance="primary" disabled={(one.assignmentPolicies ?? []).length === 0} onClick={() => setAdding(true)}>
            {t('packages.assign')}
          </Button>
        </span>
      </div>
      <Loaded query={query}>
        {(all) => {
          const lost = all.filter((other) => isLive(other, now) && other['@ephor.roles'].some((role) => !role.held));
          const shown = state === 'lost' ? lost : all.filter((other) => isLive(other, now) === (state !== 'over'));
          return (
            <>
              {lost.length === 0 ? null : (
                <Message
                  tone="soon"
                  title={t('packages.someLost', { count: lost.length })}
                  actions={
                    <Button disabledFocusable={busy} onClick={() => void run(async () => announce(t('packages.repaired', { count: (await repairPackage(one.id)).granted })), t('packages.repairDone'))}>
                      {t('packages.repair')}
                    </Button>
                  }
                >
                  <p>{t('packages.lostWhy')}</p>
                </Message>
              )}
              {error !== undefined && leaving === undefined ? <Refusal title={t('packages.notSaved')} error={error} /> : null}
              {shown.length === 0 ? (
                <Empty icon={BoxRegular} line={t(state === 'lost' ? 'packages.noneLost' : 'packages.nobodyHas')} />
              ) : (
                <ul className="card" style={{ marginTop: 12 }}>
                  {shown.map((other) => {
                    const [standing, words] = assignmentStanding(other, now);
                    const end = assignmentEnd(other);
                    return (
                      <li key={other.id} className="package">
                        <div className="package-line">
                          <PrincipalMark name={other.target.displayName} size={36} />
                          <span className="row-words">
                            <span className="row-title"><Named of={other.target.displayName} /></span>
                            <br />
                            <span className="secondary"><Named of={other.assignmentPolicy?.displayName} /></span>
                          </span>
                          <span className="package-end">
                            <Status is={standing}>{words}</Status>
                            <span className="secondary num">{isLive(other, now) ? until(end, now) : end === undefined ? '' : <At when={end} />}</span>
                          </span>
                          {isLive(other, now) ? (
                            <Button onClick={() => setLeaving(other)} aria-label={t('packages.removeNamed', { name: other.target.displayName ?? '' })}>
                              {t('packages.remove')}
                            </Button>
                          ) : null}
                        </div>
                        {isLive(other, now) ? <HeldRoles assignment={other} /> : null}
                      </li>
                    );
                  })}
                </ul>
              )}
            </>
          );
        }}
      </Loaded>
      {adding ? <Assign one={one} onClose={() => setAdding(false)} /> : null}
      {leaving === undefined ? null : (
        <Sheet title={t('packages.removeTitle', { name: leaving.target.displayName ?? '' })} onClose={() => setLeaving(undefined)}>
          <p>{t('packages.removeWhat')}</p>
          {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
          <div className="sheet-actions">
            <Button onClick={() => setLeaving(undefined)}>{t('action.cancel')}</Button>
            <Button
              appearance="primary"
              disabledFocusable={busy}
              onClick={() => void run(() => askForPackage({ requestType: 'adminRemove', assignment: { id: leaving.id } }), t('packages.removed', { name: leaving.target.displayName ?? '' })).then((done) => (done ? setLeaving(undefined) : undefined))}
            >
              {t('packages.remove')}
            </Button>
          </div>
        </Sheet>
      )}
    </>
  );
}

function Requests({ one }: { one: AccessPackage }) {
  const query = useQuery(packageRequests(one.id));
  return (
    <Loaded query={query}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon={SendClockRegular} line={t('packages.noRequestsHere')} />
        ) : (
          <ul className="card">
            {all.map((request) => {
              const [standing, words] = packageStanding(request.state);
              return (
                <li key={request.id} className="row">
                  <PrincipalMark name={request.assignment.target.displayName} size={36} />
                  <span className="row-words">
                    <span className="row-title">{t(`packages.by.${request.requestType}`, { name: request.assignment.target.displayName ?? '' })}</span>
                    <br />
                    <span className="secondary">{[request.justification, ...request.answers.map((answer) => `${answer.answeredQuestion.text ?? ''} ${answer.value}`)].filter(Boolean).join(' · ')}</span>
                  </span>
                  <Status is={standing}>{words}</Status>
                  <span className="secondary request-when">
                    <At when={request.createdDateTime} />
                  </span>
                </li>
              );
            })}
          </ul>
        )
      }
    </Loaded>
  );
}

const bodies = { overview: Overview, roles: Roles, policies: Policies, assignments: Assignments, requests: Requests };

function Actions({ one }: { one: AccessPackage }) {
  const navigate = useNavigate();
  const { busy, error, run } = useDoing();
  const [doing, setDoing] = useState<'change' | 'remove'>();
  return (
    <div className="head-actions">
      <Switch checked={one.isHidden} disabled={busy} label={t('packages.hide')} onChange={(_, data) => void run(() => changePackage(one.id, { isHidden: data.checked }), t('packages.saved', { name: one.displayName }))} />
      <Button onClick={() => setDoing('change')}>{t('packages.rename')}</Button>
      <Button onClick={() => setDoing('remove')}>{t('packages.delete')}</Button>
      {doing === 'change' ? (
        <NameSheet
          title={t('packages.rename')}
          verb={t('packages.save')}
          name={one.displayName}
          about={one.description ?? ''}
          onClose={() => setDoing(undefined)}
          onSave={async (displayName, description) => {
            if (await run(() => changePackage(one.id, { displayName, description }), t('packages.saved', { name: displayName }))) setDoing(undefined);
          }}
        />
      ) : null}
      {doing === 'remove' ? (
        <Sheet title={t('packages.deleteTitle', { name: one.displayName })} onClose={() => setDoing(undefined)}>
          <p>{t('packages.deleteWhat')}</p>
          {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
          <div className="sheet-actions">
            <Button onClick={() => setDoing(undefined)}>{t('action.cancel')}</Button>
            <Button appearance="primary" disabledFocusable={busy} onClick={() => void run(() => removePackage(one.id), t('packages.deleted', { name: one.displayName })).then((done) => (done ? navigate({ to: '/catalogs' }) : undefined))}>
              {t('packages.delete')}
            </Button>
          </div>
        </Sheet>
      ) : null}
    </div>
  );
}

export default function PackagePage() {
  const { id, tab } = useParams({ from: '/access-packages/$id/{-$tab}' });
  const query = useQuery(accessPackage(id));
  useTitle(query.data?.displayName, t(`packages.page.${tab}`));
  const Body = bodies[tab];
  return (
    <Loaded query={query} place>
      {(one) => (
        <>
          <div className="head group-head">
            <PackageMark />
            <div className="head-words">
              <Title><Named of={one.displayName} /></Title>
              <p>
                {one.description}
                {one.description && one.catalog ? ' · ' : ''}
                {one.catalog === undefined ? null : (
                  <Link to="/catalogs/$id/{-$tab}" params={{ id: one.catalog.id, tab: 'packages' }}>
                    <Named of={one.catalog.displayName} />
                  </Link>
                )}
              </p>
            </div>
            <Actions one={one} />
          </div>
          <nav className="tabs" aria-label={t('packages.pageTabs')}>
            {packageTabs.map((other) => (
              <Link key={other} to="/access-packages/$id/{-$tab}" params={{ id, tab: other }} activeOptions={{ exact: true, includeSearch: false }} aria-current={other === tab ? 'page' : undefined}>
                {t(`packages.page.${other}`)}
              </Link>
            ))}
          </nav>
          <div className="section">
            <Body one={one} />
          </div>
        </>
      )}
    </Loaded>
  );
}
