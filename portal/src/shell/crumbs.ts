/** Where one is, in words: from the places that the address matches. */
import type { AnyRouteMatch } from '@tanstack/react-router';
import { application, client, directoryRole, group, request, unit, user } from '../api/queries';
import { accessPackage, catalog } from '../api/packages';
import { t } from '../i18n';
import { dayOf } from '../time/format';

interface Crumb {
  to: string;
  label: string;
}

/** The trail to the place that is shown. */
export function crumbs(matches: AnyRouteMatch[]): Crumb[] {
  const last = matches.at(-1);
  if (last === undefined) return [];
  const params = last.params as { id?: string };
  const path = last.fullPath;
  const id = params.id ?? '';
  if (path.startsWith('/roles')) return [{ to: '/roles', label: t('nav.roles') }];
  if (path.startsWith('/requests')) {
    const trail = [{ to: '/requests', label: t('nav.requests') }];
    const one = client.getQueryData(request(id).queryKey);
    if (id !== '') trail.push({ to: `/requests/${id}`, label: one === undefined ? '…' : `${one.group?.displayName ?? one.groupId}, ${dayOf(one.createdDateTime)}` });
    return trail;
  }
  if (path.startsWith('/approvals')) return [{ to: '/approvals', label: t('nav.approve') }];
  if (path.startsWith('/groups')) {
    const trail = [{ to: '/groups', label: t('nav.groups') }];
    if (path === '/groups/bring-in') trail.push({ to: path, label: t('discover.crumb') });
    else if (id !== '') trail.push({ to: `/groups/${id}`, label: client.getQueryData(group(id).queryKey)?.displayName ?? '…' });
    return trail;
  }
  if (path.startsWith('/directory-roles')) {
    const trail = [{ to: '/directory-roles', label: t('nav.directoryRoles') }];
    if (id !== '') trail.push({ to: `/directory-roles/${id}`, label: client.getQueryData(directoryRole(id).queryKey)?.displayName ?? '…' });
    return trail;
  }
  if (path.startsWith('/directory')) {
    const trail = [{ to: '/directory', label: t('nav.directory') }];
    const kind = path.split('/')[2];
    const known = kind === 'units' ? client.getQueryData(unit(id).queryKey) : kind === 'applications' ? client.getQueryData(application(id).queryKey) : client.getQueryData(user(id).queryKey);
    if (id !== '') trail.push({ to: `/directory/${kind}/${id}`, label: known?.displayName ?? '…' });
    return trail;
  }
  if (path.startsWith('/my-access')) return [{ to: '/my-access', label: t('nav.packages') }];
  if (path.startsWith('/catalogs')) {
    const trail = [{ to: '/catalogs', label: t('nav.catalogs') }];
    if (id !== '') trail.push({ to: `/catalogs/${id}`, label: client.getQueryData(catalog(id).queryKey)?.displayName ?? '…' });
    return trail;
  }
  if (path.startsWith('/access-packages')) {
    const one = client.getQueryData(accessPackage(id).queryKey);
    const within = one?.catalog === undefined ? [] : [{ to: `/catalogs/${one.catalog.id}`, label: one.catalog.displayName }];
    return [{ to: '/catalogs', label: t('nav.catalogs') }, ...within, { to: `/access-packages/${id}`, label: one?.displayName ?? '…' }];
  }
  if (path.startsWith('/audit')) return [{ to: '/audit', label: t('nav.audit') }];
  if (path.startsWith('/access')) return [{ to: '/access', label: t('nav.access') }];
  if (path.startsWith('/settings')) return [{ to: '/settings', label: t('nav.settings') }];
  return [{ to: '/', label: t('nav.home') }];
}
