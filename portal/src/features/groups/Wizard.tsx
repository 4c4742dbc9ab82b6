/** Adds assignments in three steps: who, what and how long, check. The sentence at the foot grows with the choices. */
import './wizard.css';
import '../../parts/length.css';
import { Button, DrawerBody, DrawerFooter, DrawerHeader, DrawerHeaderTitle, Field, OverlayDrawer, Select, Textarea } from '@fluentui/react-components';
import { ArrowLeftRegular, CheckmarkRegular, DismissRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../../api/client';
import { about, EVERYTHING, overUnit, requestsAt } from '../../api/held';
import { accessChanged, policies, units } from '../../api/queries';
import type { Access, Managed, Role } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Segmented } from '../../parts/layout';
import { reasons, Refusal } from '../../parts/messages';
import { PeoplePicker, useNames, type Picked } from '../../parts/PeoplePicker';
import { useReturnFocus } from '../../parts/Sheet';
import { Status } from '../../parts/status';
import { useMinute } from '../../time/clock';
import { DAY } from '../../time/duration';
import { point, until } from '../../time/format';
import { accessNoun, and } from '../../words';
import { PeriodPicker, scheduleOf, type Period } from './PeriodPicker';
import { Named } from '../../parts/named';

type Check = { picked: Picked; error: unknown } | { picked: Picked; error?: undefined };

export default function Wizard({ group, roles, onClose }: { group: Managed; roles: Role[]; onClose: () => void }) {
  const now = useMinute();
  useReturnFocus();
  const [step, setStep] = useState<1 | 2 | 3>(1);
  const [who, setWho] = useState<Picked[]>([]);
  const [kind, setKind] = useState<'eligibility' | 'assignment'>('eligibility');
  const [access, setAccess] = useState<Access>(group.of ?? 'member');
  const [period, setPeriod] = useState<Period>({ start: undefined, end: now + 91 * DAY });
  const [unit, setUnit] = useState('');
  const inUnits = useQuery({ ...units(), enabled: group.of === 'role', retry: false }).data ?? [];
  const scope = unit === '' ? EVERYTHING : overUnit(unit);
  const [why, setWhy] = useState('');
  const [checks, setChecks] = useState<Check[]>();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Check[]>([]);
  const names = useNames(who.map((one) => one.id));
  const policy = useQuery(policies(group.id, group.of)).data?.find((one) => one.access === access);
  const settings = policy?.settings;
  const eligible = kind === 'eligibility';
  const ends = settings === undefined ? true : eligible ? settings.eligibleEnds : settings.activeEnds;
  const max = !ends || settings === undefined ? undefined : eligible ? settings.eligibleMax : settings.activeMax;
  const wantsReason = !eligible && settings?.activeReason === true;

  const has = (id: string) => roles.find((role) => role.principalId === id && role.state === 'eligible' && group.of === undefined);
  const sentence = [
    who.length === 0
      ? t('wizard.nobody')
      : t(eligible ? 'wizard.can' : 'wizard.get', {
          names: and(names),
          role: access === 'role' ? t('wizard.roleOver', { role: group.displayName ?? '', over: inUnits.find((one) => one.id === unit)?.displayName ?? t('scope.directoryNoun') }) : accessNoun(access),
          from: period.start === undefined ? t('wizard.now') : point(period.start, now),
          until: until(period.end, now),
        }),
    who.length > 0 && eligible && settings?.approval === true ? t('wizard.approval') : '',
    who.length > 0 ? t('wizard.mail', { count: who.length }) : '',
  ].join(' ');

  const body = (picked: Picked, only: boolean) => ({
    action: 'adminAssign',
    principalId: picked.id,
    ...about({ groupId: group.id, accessId: access, scope }),
    ...(why.trim() === '' ? {} : { justification: why }),
    scheduleInfo: scheduleOf(period),
    ...(only ? { isValidationOnly: true } : {}),
  });
  const each = async (people: Picked[], only: boolean): Promise<Check[]> => {
    const results: Check[] = [];
    for (const picked of people) {
      try {
        await post(`/v1.0${requestsAt(access, kind)}`, body(picked, only));
        results.push({ picked });
      } catch (error) {
        results.push({ picked, error });
      }
    }
    return results;
  };
  const check = async () => {
    setStep(3);
    setChecks(undefined);
    setChecks(await each(who, true));
  };
  const send = async () => {
    setBusy(true);
    const done = await each((checks ?? []).filter((one) => one.error === undefined).map((one) => one.picked), false);
    const not = done.filter((one) => one.error !== undefined);
    setBusy(false);
    setRefused(not);
    const count = done.length - not.length;
    if (count > 0) {
      announce(t('wizard.done', { count }));
      await accessChanged();
    }
    if (not.length === 0) onClose();
  };
  const good = checks?.filter((one) => one.error === undefined).length ?? 0;
  const steps = [t('wizard.who'), t('wizard.what'), t('wizard.check')];
  const nameOf = (picked: Picked) => names[who.findIndex((one) => one.id === picked.id)] ?? picked.id;
  return (
    <OverlayDrawer open position="end" size="medium" className="wizard" onOpenChange={(_, data) => (data.open ? undefined : onClose())}>
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" icon={<DismissRegular />} aria-label={t('action.close')} onClick={onClose} />}>{t('group.add')}</DrawerHeaderTitle>
        <p className="secondary"><Named of={group.displayName} /></p>
        <ol className="steps">
          {steps.map((name, at) => (
            <li key={name} className={at + 1 === step ? 'here' : at + 1 < step ? 'past' : ''} aria-current={at + 1 === step ? 'step' : undefined}>
              <span className="step-mark num">{at + 1 < step ? <CheckmarkRegular aria-label={t('wizard.stepDone')} /> : at + 1}</span> {name}
            </li>
          ))}
        </ol>
      </DrawerHeader>
      <DrawerBody className="wizard-body">
        {step === 1 ? (
          <div className="fields">
            <div>
              <p className="strong" style={{ marginBottom: 6 }}>
                {t('wizard.whoLabel')}
              </p>
              <PeoplePicker
                label={t('wizard.whoLabel')}
                value={who}
                onChange={setWho}
                why={(id) => {
                  const role = has(id);
                  return id === group.id ? t('wizard.itself') : role === undefined ? undefined : t('wizard.already', { until: until(role.endDateTime, now) });
                }}
              />
            </div>
          </div>
        ) : null}
        {step === 2 ? (
          <div className="fields">
            <div className="panel wizard-who">
              <span>{and(names)}</span>
              <button type="button" className="button-link" onClick={() => setStep(1)}>
                {t('wizard.change')}
              </button>
            </div>
            <fieldset className="choices">
              <legend className="strong">{t('wizard.become')}</legend>
              {(['eligibility', 'assignment'] as const).map((one) => (
                <label key={one} className={kind === one ? 'choice on' : 'choice'}>
                  <input type="radio" name="kind" checked={kind === one} onChange={() => setKind(one)} />
                  <span>
                    <span className="strong">{t(one === 'eligibility' ? 'status.eligible' : 'roles.active')}</span>
                    <span className="secondary">{t(one === 'eligibility' ? 'wizard.eligible' : 'wizard.active')}</span>
                  </span>
                </label>
              ))}
            </fieldset>
            {group.of === 'role' ? (
              <Field label={{ children: t('table.over'), className: 'strong' }} hint={t('wizard.overHint')}>
                <Select value={unit} onChange={(_, data) => setUnit(data.value)}>
                  <option value="">{t('scope.directory')}</option>
                  {inUnits.map((one) => (
                    <option key={one.id} value={one.id}>
                      <Named of={one.displayName} />
                    </option>
                  ))}
                </Select>
              </Field>
            ) : <div className="tools" style={{ margin: 0 }}>
              <span className="strong">{t('table.as')}</span>
              <span className="end">
                <Segmented
                  label={t('table.as')}
                  value={access}
                  options={[
                    { value: 'member', label: t('role.member') },
                    { value: 'owner', label: t('role.owner') },
                  ]}
                  onChange={setAccess}
                />
              </span>
            </div>}
            <PeriodPicker value={period} onChange={setPeriod} max={max} now={now} />
            <Field label={t('field.reason')} required={wantsReason} hint={wantsReason ? undefined : t('field.optional')}>
              <Textarea value={why} rows={2} maxLength={500} onChange={(_, data) => setWhy(data.value)} />
            </Field>
          </div>
        ) : null}
        {step === 3 ? (
          <div className="fields">
            {checks === undefined ? (
              <p role="status">{t('wizard.checking')}</p>
            ) : (
              <ul className="card">
                {checks.map((one) => (
                  <li key={one.picked.id} className="row" style={{ alignItems: 'flex-start' }}>
                    <span className="row-words">
                      <span className="row-title"><Named of={nameOf(one.picked)} /></span>
                      {one.error === undefined ? null : reasons(one.error).map((reason) => (
                        <span key={reason.message} className="secondary worth-detail">
                          {reason.message}
                        </span>
                      ))}
                    </span>
                    {one.error === undefined ? <Status is={eligible ? 'eligible' : 'standing'}>{t('wizard.fine')}</Status> : <Status is="refused">{t('activate.refused')}</Status>}
                  </li>
                ))}
              </ul>
            )}
            {refused.map((one) => (
              <Refusal key={one.picked.id} title={t('change.not', { name: nameOf(one.picked) })} error={one.error} />
            ))}
          </div>
        ) : null}
      </DrawerBody>
      <DrawerFooter className="wizard-foot">
        <p role="status">{sentence}</p>
        <div className="wizard-do">
          {step === 1 ? null : (
            <Button size="large" icon={<ArrowLeftRegular />} onClick={() => setStep(step === 3 ? 2 : 1)}>
              {t('wizard.back')}
            </Button>
          )}
          <span style={{ flex: 1 }} />
          <Button size="large" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          {step === 3 ? (
            <Button size="large" appearance="primary" disabledFocusable={busy || good === 0} onClick={() => void send()}>
              {busy ? t('state.sending') : t('wizard.assign', { count: good })}
            </Button>
          ) : (
            <Button size="large" appearance="primary" disabledFocusable={who.length === 0 || (step === 2 && wantsReason && why.trim() === '')} onClick={() => (step === 1 ? setStep(2) : void check())}>
              {t('wizard.continue')}
            </Button>
          )}
        </div>
      </DrawerFooter>
    </OverlayDrawer>
  );
}
