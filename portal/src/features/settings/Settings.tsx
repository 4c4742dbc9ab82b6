/** What I chose for this browser; and, for administrators, what the tenant is set to. */
import { Button, Checkbox, Input } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { patch } from '../../api/client';
import { abilities, client, tenantSettings } from '../../api/queries';
import type { TenantSettings } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Head, Section, Segmented, useTitle } from '../../parts/layout';
import { Refusal } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { prefer, usePreferences, type Preferences } from '../../preferences';
import { methodsAddress, sessionsAddress } from '../../session';
import { fromTyped, fromIso, toIso } from '../../time/duration';
import { length } from '../../time/format';
import '../groups/settings.css';

function Tenant({ settings }: { settings: TenantSettings }) {
  const [now, setNow] = useState(settings);
  const [floor, setFloor] = useState(length(fromIso(settings.removalFloor) ?? 0));
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const read = fromTyped(floor);
  const wanted: TenantSettings = { ...now, removalFloor: read === undefined ? settings.removalFloor : toIso(read) };
  const changed = (Object.keys(wanted) as (keyof TenantSettings)[]).filter((key) => wanted[key] !== settings[key]);
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await patch('/ephor/v1/settings', Object.fromEntries(changed.map((key) => [key, wanted[key]])));
      await client.invalidateQueries({ queryKey: ['settings'] });
      announce(t('settings.saved', { count: changed.length }));
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {error === undefined ? null : <Refusal title={t('settings.notSaved')} error={error} />}
      <div className={wanted.removalFloor === settings.removalFloor ? 'rule' : 'rule changed'}>
        <div className="rule-name">
          <p className="strong">{t('tenant.floor')}</p>
          <p className="secondary">{t('tenant.floorWhy')}</p>
        </div>
        <div className="rule-value">
          <Input aria-label={t('tenant.floor')} value={floor} onChange={(_, data) => setFloor(data.value)} style={{ width: 140 }} />
        </div>
      </div>
      <div className={wanted.activationOutlivesEligibility === settings.activationOutlivesEligibility ? 'rule' : 'rule changed'}>
        <div className="rule-name">
          <p className="strong">{t('tenant.outlives')}</p>
          <p className="secondary">{t('tenant.outlivesWhy')}</p>
        </div>
        <div className="rule-value">
          <Checkbox label={t('tenant.outlivesDo')} checked={now.activationOutlivesEligibility} onChange={(_, data) => setNow({ ...now, activationOutlivesEligibility: data.checked === true })} />
        </div>
      </div>
      <div className={wanted.roleAssignableGroupsMax === settings.roleAssignableGroupsMax ? 'rule' : 'rule changed'}>
        <div className="rule-name">
          <p className="strong">{t('tenant.roleAssignable')}</p>
          <p className="secondary">{t('tenant.roleAssignableWhy')}</p>
        </div>
        <div className="rule-value">
          <Input type="number" aria-label={t('tenant.roleAssignable')} value={String(now.roleAssignableGroupsMax)} onChange={(_, data) => setNow({ ...now, roleAssignableGroupsMax: Number(data.value) })} style={{ width: 140 }} />
        </div>
      </div>
      {changed.length === 0 ? null : (
        <div className="foot-bar">
          <span className="strong" role="status">
            {t('settings.unsaved', { count: changed.length })}
          </span>
          <span className="do">
            <Button size="large" onClick={() => (setNow(settings), setFloor(length(fromIso(settings.removalFloor) ?? 0)))}>
              {t('activate.discard')}
            </Button>
            <Button size="large" appearance="primary" disabledFocusable={busy} onClick={() => void save()}>
              {t('settings.save', { count: changed.length })}
            </Button>
          </span>
        </div>
      )}
    </>
  );
}

const zones = () => ['system', ...Intl.supportedValuesOf('timeZone')];

export default function Settings() {
  useTitle(t('nav.settings'));
  const chosen = usePreferences();
  const may = useQuery(abilities()).data;
  const tenant = useQuery({ ...tenantSettings(), enabled: may?.administers === true });
  return (
    <>
      <Head title={t('nav.settings')}>{t('mine.what')}</Head>
      <Section title={t('mine.title')}>
        <div className="rule">
          <div className="rule-name">
            <p className="strong">{t('mine.theme')}</p>
          </div>
          <div className="rule-value" style={{ justifyItems: 'start' }}>
            <Segmented
              label={t('mine.theme')}
              value={chosen.theme}
              options={(['system', 'light', 'dark', 'contrast'] as const).map((value) => ({ value, label: t(`mine.theme.${value}`) }))}
              onChange={(theme) => prefer({ theme })}
            />
          </div>
        </div>
        <div className="rule">
          <div className="rule-name">
            <p className="strong" id="mine-language">
              {t('mine.language')}
            </p>
          </div>
          <div className="rule-value" style={{ justifyItems: 'start' }}>
            <Segmented
              label={t('mine.language')}
              value={chosen.language}
              options={[
                { value: 'system' as Preferences['language'], label: t('mine.browser') },
                { value: 'en', label: <span lang="en">English</span> },
                { value: 'de', label: <span lang="de">Deutsch</span> },
                { value: 'ja', label: <span lang="ja">日本語</span> },
              ]}
              onChange={(language) => prefer({ language })}
            />
          </div>
        </div>
        <div className="rule">
          <div className="rule-name">
            <p className="strong">{t('mine.zone')}</p>
            <p className="secondary">{t('mine.zoneWhy')}</p>
          </div>
          <div className="rule-value" style={{ justifyItems: 'start' }}>
            <select className="native" aria-label={t('mine.zone')} value={chosen.timeZone} onChange={(event) => prefer({ timeZone: event.target.value })}>
              {zones().map((zone) => (
                <option key={zone} value={zone}>
                  {zone === 'system' ? t('mine.browser') : zone.replaceAll('_', ' ')}
                </option>
              ))}
            </select>
          </div>
        </div>
        <div className="rule">
          <div className="rule-name">
            <p className="strong">{t('mine.kept')}</p>
            <p className="secondary">{t('mine.keptWhy')}</p>
          </div>
          <div className="rule-value" style={{ justifyItems: 'start' }}>
            <Button onClick={() => (prefer({ reasons: [], lengths: {}, favourites: [], auditFilters: [], tourDone: false }), announce(t('mine.forgotten')))}>{t('mine.forget')}</Button>
          </div>
        </div>
        <div className="rule">
          <div className="rule-name">
            <p className="strong">{t('person.methods')}</p>
            <p className="secondary">{t('mine.methodsWhy')}</p>
          </div>
          <div className="rule-value" style={{ justifyItems: 'start' }}>
            <Button as="a" href={methodsAddress}>
              {t('mine.methods')}
            </Button>
          </div>
        </div>
        <div className="rule">
          <div className="rule-name">
            <p className="strong">{t('person.sessions')}</p>
            <p className="secondary">{t('mine.sessionsWhy')}</p>
          </div>
          <div className="rule-value" style={{ justifyItems: 'start' }}>
            <Button as="a" href={sessionsAddress}>
              {t('mine.sessions')}
            </Button>
          </div>
        </div>
      </Section>
      {may?.administers === true ? (
        <Section title={t('tenant.title')}>
          <Loaded query={tenant}>{(settings) => <Tenant key={JSON.stringify(settings)} settings={settings} />}</Loaded>
        </Section>
      ) : null}
    </>
  );
}
