/** Who may activate the group, who has it, whose has ended; and the acts of who looks after it (R-D4). */
import { Button, Input, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { HistoryRegular, KeyRegular, MoreHorizontalRegular, PersonAddRegular, SearchRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { unitOf } from '../../api/held';
import { groupRoles, unit } from '../../api/queries';
import type { Managed, Role } from '../../api/types';
import type { GroupSearch } from '../../router';
import { t } from '../../i18n';
import { Empty, Segmented } from '../../parts/layout';
import { PrincipalMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { At } from '../../parts/time';
import { useEdges } from '../../time/clock';
import { DAY } from '../../time/duration';
import { edgesOf, millis, point, until } from '../../time/format';
import { accessName } from '../../words';
import { ChangeDialog, type Change } from './ChangeDialog';
import { Named } from '../../parts/named';

const Wizard = lazy(() => import('./Wizard'));

/** It ended, by its state when it was read or by the clock since. */
const isOver = (role: Role, now: number) => role.state === 'ended' || (role.endDateTime !== null && millis(role.endDateTime) <= now);

/** Over what a directory role is held: everything, or a unit. */
function Over({ role }: { role: Role }) {
  const id = unitOf(role.scope);
  const name = useQuery({ ...unit(id ?? ''), enabled: id !== undefined, retry: false }).data?.displayName;
  if (id === undefined) return t('scope.directory');
  return (
    <Link to="/directory/units/$id" params={{ id }}>
      <Named of={name ?? id} />
    </Link>
  );
}

function Row({ role, onChange }: { role: Role; onChange: (change: Change) => void }) {
  const now = useEdges(edgesOf([role]));
  const later = millis(role.startDateTime) > now;
  const soon = role.endDateTime !== null && !isOver(role, now) && role.assignmentType !== 'activated' && millis(role.endDateTime) - now < 14 * DAY;
  const name = role.principalDisplayName ?? role.principalId;
  return (
    <tr>
      <td className="first">
        <span className="who">
          <PrincipalMark name={name} kind={role.principalKind ?? 'user'} />
          <span className="strong"><Named of={name} /></span>
        </span>
      </td>
      <td>{role.accessId === 'role' ? <Over role={role} /> : accessName(role.accessId)}</td>
      <td>
        {isOver(role, now) ? (
          <Status is="ended">{t(`roles.kind.${role.assignmentType}`)}</Status>
        ) : later ? (
          <Status is="scheduled">{t('status.scheduled', { when: point(role.startDateTime, now) })}</Status>
        ) : role.state === 'eligible' ? (
          <Status is="eligible">{t('status.eligible')}</Status>
        ) : role.assignmentType === 'activated' ? (
          <Status is="active">{t('status.activated')}</Status>
        ) : (
          <Status is="standing">{t('status.assigned')}</Status>
        )}
      </td>
      <td>
        <At when={role.startDateTime} />
      </td>
      <td>
        {isOver(role, now) && role.endDateTime !== null ? (
          <At when={role.endDateTime} />
        ) : soon ? (
          <Status is="soon">{until(role.endDateTime, now)}</Status>
        ) : (
          <span className="num">{until(role.endDateTime, now)}</span>
        )}
      </td>
      <td className="end">
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={t('assign.actions', { name })} />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {role.state === 'ended' ? (
                <MenuItem onClick={() => onChange({ role, action: 'adminRenew' })}>{t('assign.renew')}</MenuItem>
              ) : (
                <>
                  {role.assignmentType === 'activated' ? null : (
                    <>
                      <MenuItem onClick={() => onChange({ role, action: 'adminUpdate' })}>{t('assign.update')}</MenuItem>
                      {role.endDateTime === null ? null : <MenuItem onClick={() => onChange({ role, action: 'adminExtend' })}>{t('assign.extend')}</MenuItem>}
                    </>
                  )}
                  <MenuItem onClick={() => onChange({ role, action: 'adminRemove' })}>{t('assign.remove')}</MenuItem>
                </>
              )}
            </MenuList>
          </MenuPopover>
        </Menu>
      </td>
    </tr>
  );
}

export default function Assignments({ group }: { group: Managed }) {
  const { state = 'eligible', q = '', add = false } = useSearch({ strict: false }) as GroupSearch;
  const navigate = useNavigate();
  const query = useQuery(groupRoles(group.id, group.of));
  const [change, setChange] = useState<Change>();
  const search = (part: object, push = false) => void navigate({ to: '.', search: (was: object) => ({ ...was, ...part }), replace: !push, resetScroll: false });
  return (
    <>
      <Loaded query={query}>
        {(roles) => {
          const of = (which: string) => roles.filter((role) => role.state === which);
          const shown = of(state)
            .filter((role) => (role.principalDisplayName ?? '').toLowerCase().includes(q.toLowerCase()))
            .sort((one, other) => (one.principalDisplayName ?? '').localeCompare(other.principalDisplayName ?? ''));
          return (
            <>
              <div className="tools">
                <Segmented
                  label={t('assign.which')}
                  value={state}
                  options={[
                    { value: 'eligible', label: t('status.eligible'), count: of('eligible').length },
                    { value: 'active', label: t('roles.active'), count: of('active').length },
                    { value: 'ended', label: t('roles.ended'), count: of('ended').length },
                  ]}
                  onChange={(value) => search({ state: value === 'eligible' ? undefined : value })}
                />
                <Input contentBefore={<SearchRegular />} type="search" aria-label={t('assign.search')} placeholder={t('assign.search')} value={q} onChange={(_, data) => search({ q: data.value === '' ? undefined : data.value })} />
              </div>
              {shown.length === 0 ? (
                q !== '' ? (
                  <Empty icon={SearchRegular} line={t('search.none', { text: q })} />
                ) : state === 'ended' ? (
                  <Empty icon={HistoryRegular} line={t('roles.noneEnded')} sentence={t('roles.noneEndedWhy')} />
                ) : (
                  <Empty icon={state === 'active' ? KeyRegular : PersonAddRegular} line={t(state === 'active' ? 'assign.noneActive' : 'assign.noneEligible')} sentence={t('assign.noneWhy')} />
                )
              ) : (
                <table className="table stacks">
                  <thead>
                    <tr>
                      <th scope="col">{t('table.who')}</th>
                      <th scope="col">{t(group.of === 'role' ? 'table.over' : 'table.as')}</th>
                      <th scope="col">{t('table.status')}</th>
                      <th scope="col">{t('table.from')}</th>
                      <th scope="col">{t('table.until')}</th>
                      <th scope="col">
                        <span className="visually-hidden">{t('table.actions')}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((role) => (
                      <Row key={role.scheduleId} role={role} onChange={setChange} />
                    ))}
                  </tbody>
                </table>
              )}
            </>
          );
        }}
      </Loaded>
      {change === undefined ? null : <ChangeDialog {...change} onClose={() => setChange(undefined)} />}
      <Suspense>{add ? <Wizard group={group} roles={query.data ?? []} onClose={() => search({ add: undefined })} /> : null}</Suspense>
    </>
  );
}
