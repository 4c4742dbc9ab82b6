/** A package's policy in three steps: who may ask, what is asked and who decides, for how long. */
import '../groups/wizard.css';
import './packages.css';
import { Button, Checkbox, DrawerBody, DrawerFooter, DrawerHeader, DrawerHeaderTitle, Field, Input, OverlayDrawer, Switch } from '@fluentui/react-components';
import { AddRegular, ArrowLeftRegular, CheckmarkRegular, DeleteRegular, DismissRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import { savePolicy, type AccessPackage, type PackagePolicy, type PolicyStage, type Question, type SubjectSet, type TargetScope } from '../../api/packages';
import { accessChanged } from '../../api/queries';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Message, Refusal } from '../../parts/messages';
import { PeoplePicker, type Picked } from '../../parts/PeoplePicker';
import { useReturnFocus } from '../../parts/Sheet';
import { DAY, fromIso, toIso } from '../../time/duration';
import { fromField, length, toField } from '../../time/format';
import { freshPolicy, freshStage, idOf, isSet, PolicyWords, scopeName } from './policy';
import { Named } from '../../parts/named';

type Draft = Omit<PackagePolicy, 'id'>;

const SCOPES: readonly TargetScope[] = ['allMemberUsers', 'allDirectoryUsers', 'specificDirectoryUsers', 'notSpecified'];
const LENGTHS = [30, 90, 180, 365].map((days) => days * DAY);

const picked = (sets: readonly SubjectSet[]): Picked[] => sets.flatMap((set): Picked[] => (set.userId !== undefined ? [{ kind: 'user', id: set.userId }] : set.groupId !== undefined ? [{ kind: 'group', id: set.groupId }] : []));
const named = ({ kind, id }: Picked): SubjectSet => (kind === 'user' ? { '@odata.type': '#microsoft.graph.singleUser', userId: id } : { '@odata.type': '#microsoft.graph.groupMembers', groupId: id });
/** The same sets with other people named in them. */
const withNamed = (sets: readonly SubjectSet[], people: readonly Picked[]): SubjectSet[] => [...people.map(named), ...sets.filter((set) => idOf(set) === undefined)];

function Stage({ stage, at, onChange, onRemove }: { stage: PolicyStage; at: number; onChange: (change: Partial<PolicyStage>) => void; onRemove: (() => void) | undefined }) {
  const manager = stage.primaryApprovers.some((set) => isSet(set, 'requestorManager'));
  const days = Math.round((fromIso(stage.durationBeforeAutomaticDenial) ?? 14 * DAY) / DAY);
  const escalated = Math.round((fromIso(stage.durationBeforeEscalation) ?? 0) / DAY);
  return (
    <fieldset className="policy-part">
      <legend className="strong">{t('policy.stage', { n: at + 1 })}</legend>
      <PeoplePicker label={t('policy.approvers', { n: at + 1 })} value={picked(stage.primaryApprovers)} onChange={(people) => onChange({ primaryApprovers: withNamed(stage.primaryApprovers, people) })} />
      <Checkbox
        checked={manager}
        label={t('policy.byManager')}
        onChange={(_, data) => onChange({ primaryApprovers: [...stage.primaryApprovers.filter((set) => !isSet(set, 'requestorManager')), ...(data.checked === true ? [{ '@odata.type': '#microsoft.graph.requestorManager', managerLevel: 1 }] : [])] })}
      />
      {manager ? (
        <div>
          <p className="strong">{t('policy.fallback')}</p>
          <PeoplePicker label={t('policy.fallback')} value={picked(stage.fallbackPrimaryApprovers)} onChange={(people) => onChange({ fallbackPrimaryApprovers: withNamed(stage.fallbackPrimaryApprovers, people) })} />
        </div>
      ) : null}
      <label className="policy-days">
        <span>{t('policy.deniedAfter')}</span>
        <input className="native num" type="number" min={1} max={60} value={days} onChange={(event) => onChange({ durationBeforeAutomaticDenial: `P${Math.max(1, Number(event.target.value))}D` })} />
      </label>
      <Checkbox checked={stage.isApproverJustificationRequired} label={t('policy.approverReason')} onChange={(_, data) => onChange({ isApproverJustificationRequired: data.checked === true })} />
      <Checkbox checked={stage.isEscalationEnabled} label={t('policy.escalate')} onChange={(_, data) => onChange({ isEscalationEnabled: data.checked === true, durationBeforeEscalation: data.checked === true ? 'P2D' : 'PT0S' })} />
      {stage.isEscalationEnabled ? (
        <div className="fields" style={{ gap: 8 }}>
          <label className="policy-days">
            <span>{t('policy.escalatedAfter')}</span>
            <input className="native num" type="number" min={1} max={60} value={escalated} onChange={(event) => onChange({ durationBeforeEscalation: `P${Math.max(1, Number(event.target.value))}D` })} />
          </label>
          <PeoplePicker label={t('policy.escalation')} value={picked(stage.escalationApprovers)} onChange={(people) => onChange({ escalationApprovers: withNamed(stage.escalationApprovers, people) })} />
        </div>
      ) : null}
      {onRemove === undefined ? null : (
        <Button icon={<DeleteRegular />} appearance="subtle" onClick={onRemove}>
          {t('policy.removeStage', { n: at + 1 })}
        </Button>
      )}
    </fieldset>
  );
}

function Asks({ question, at, onChange, onRemove }: { question: Question; at: number; onChange: (question: Question) => void; onRemove: () => void }) {
  const kind = question.choices === undefined ? (question.isSingleLineQuestion === false ? 'long' : 'line') : question.isMultipleSelectionAllowed === true ? 'several' : 'one';
  const become = (to: typeof kind) => {
    const { choices, isSingleLineQuestion: _line, isMultipleSelectionAllowed: _several, regexPattern: _pattern, ...rest } = question;
    onChange(
      to === 'line' || to === 'long'
        ? { ...rest, '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', isSingleLineQuestion: to === 'line' }
        : { ...rest, '@odata.type': '#microsoft.graph.accessPackageMultipleChoiceQuestion', choices: choices ?? [], isMultipleSelectionAllowed: to === 'several' },
    );
  };
  return (
    <fieldset className="policy-part">
      <legend className="strong">{t('policy.question', { n: at + 1 })}</legend>
      <Input aria-label={t('policy.question', { n: at + 1 })} value={question.text} maxLength={500} onChange={(_, data) => onChange({ ...question, text: data.value })} />
      <label className="policy-days">
        <span>{t('policy.answer')}</span>
        <select className="native" value={kind} onChange={(event) => become(event.target.value as typeof kind)}>
          {(['line', 'long', 'one', 'several'] as const).map((one) => (
            <option key={one} value={one}>
              {t(`policy.answer.${one}`)}
            </option>
          ))}
        </select>
      </label>
      {question.choices === undefined ? null : (
        <Field label={t('policy.choices')} hint={t('policy.choicesHint')}>
          <Input
            defaultValue={question.choices.map((choice) => choice.text).join(', ')}
            onBlur={(event) => onChange({ ...question, choices: event.target.value.split(',').map((text) => text.trim()).filter((text) => text !== '').map((text) => ({ actualValue: text, text })) })}
          />
        </Field>
      )}
      <Checkbox checked={question.isRequired} label={t('policy.required')} onChange={(_, data) => onChange({ ...question, isRequired: data.checked === true })} />
      <Button icon={<DeleteRegular />} appearance="subtle" onClick={onRemove}>
        {t('policy.removeQuestion', { n: at + 1 })}
      </Button>
    </fieldset>
  );
}

function Who({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const requestor = (change: Partial<Draft['requestorSettings']>) => set({ requestorSettings: { ...draft.requestorSettings, ...change } });
  return (
    <div className="fields">
      <Field label={{ children: t('policy.name'), className: 'strong' }}>
        <Input value={draft.displayName} maxLength={256} onChange={(_, data) => set({ displayName: data.value })} />
      </Field>
      <fieldset className="choices one-column">
        <legend className="strong">{t('policy.whoMayAsk')}</legend>
        {SCOPES.map((scope) => (
          <label key={scope} className={draft.allowedTargetScope === scope ? 'choice on' : 'choice'}>
            <input type="radio" name="scope" checked={draft.allowedTargetScope === scope} onChange={() => set({ allowedTargetScope: scope, ...(scope === 'specificDirectoryUsers' ? {} : { specificAllowedTargets: [] }) })} />
            <span>{scopeName(scope)}</span>
          </label>
        ))}
      </fieldset>
      {draft.allowedTargetScope === 'specificDirectoryUsers' ? (
        <PeoplePicker label={t('policy.named')} value={picked(draft.specificAllowedTargets)} onChange={(people) => set({ specificAllowedTargets: withNamed(draft.specificAllowedTargets, people) })} />
      ) : null}
      {draft.allowedTargetScope === 'notSpecified' ? null : (
        <div>
          <Switch checked={draft.requestorSettings.enableTargetsToSelfUpdateAccess} label={t('policy.mayExtend')} onChange={(_, data) => requestor({ enableTargetsToSelfUpdateAccess: data.checked })} />
          <br />
          <Switch checked={draft.requestorSettings.enableTargetsToSelfRemoveAccess} label={t('policy.mayGiveBack')} onChange={(_, data) => requestor({ enableTargetsToSelfRemoveAccess: data.checked })} />
          <br />
          <Switch checked={draft.requestorSettings.allowCustomAssignmentSchedule} label={t('policy.ownSchedule')} onChange={(_, data) => requestor({ allowCustomAssignmentSchedule: data.checked })} />
        </div>
      )}
    </div>
  );
}

function What({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const { requestApprovalSettings: approval, questions } = draft;
  const settings = (change: Partial<Draft['requestApprovalSettings']>) => set({ requestApprovalSettings: { ...approval, ...change } });
  const approves = approval.isApprovalRequiredForAdd || approval.isApprovalRequiredForUpdate;
  const approve = (change: Partial<Draft['requestApprovalSettings']>) => {
    const next = { ...approval, ...change };
    const needs = next.isApprovalRequiredForAdd || next.isApprovalRequiredForUpdate;
    settings({ ...change, stages: needs ? (approval.stages.length === 0 ? [freshStage()] : approval.stages) : [] });
  };
  return (
    <div className="fields">
      <div>
        <Switch checked={approval.isApprovalRequiredForAdd} label={t('policy.approval')} onChange={(_, data) => approve({ isApprovalRequiredForAdd: data.checked })} />
        <br />
        <Switch checked={approval.isApprovalRequiredForUpdate} label={t('policy.approvalExtend')} onChange={(_, data) => approve({ isApprovalRequiredForUpdate: data.checked })} />
        <br />
        <Switch checked={approval.isRequestorJustificationRequired} label={t('policy.reason')} onChange={(_, data) => settings({ isRequestorJustificationRequired: data.checked })} />
      </div>
      {approves
        ? approval.stages.map((stage, at) => (
            <Stage
              key={at}
              stage={stage}
              at={at}
              onChange={(change) => settings({ stages: approval.stages.map((one, index) => (index === at ? { ...one, ...change } : one)) })}
              onRemove={approval.stages.length === 1 ? undefined : () => settings({ stages: approval.stages.filter((_, index) => index !== at) })}
            />
          ))
        : null}
      {approves && approval.stages.length < 3 ? (
        <Button icon={<AddRegular />} onClick={() => settings({ stages: [...approval.stages, freshStage()] })}>
          {t('policy.addStage')}
        </Button>
      ) : null}
      {questions.map((question, at) => (
        <Asks key={question.id} question={question} at={at} onChange={(to) => set({ questions: questions.map((one, index) => (index === at ? to : one)) })} onRemove={() => set({ questions: questions.filter((_, index) => index !== at) })} />
      ))}
      <Button
        icon={<AddRegular />}
        onClick={() => set({ questions: [...questions, { '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', id: crypto.randomUUID(), sequence: questions.length + 1, isRequired: false, isAnswerEditable: true, text: '', isSingleLineQuestion: true }] })}
      >
        {t('policy.addQuestion')}
      </Button>
    </div>
  );
}

function Long({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const { expiration } = draft;
  const span = fromIso(expiration.duration);
  return (
    <div className="fields">
      <div className="chips" role="group" aria-label={t('policy.howLong')}>
        <span className="strong">{t('policy.howLong')}</span>
        {[...new Set([...LENGTHS, ...(span === undefined ? [] : [span])])].sort((one, other) => one - other).map((one) => (
          <button key={one} type="button" className="chip" aria-pressed={span === one} onClick={() => set({ expiration: { type: 'afterDuration', duration: toIso(one) } })}>
            {span === one ? '✓ ' : ''}
            {length(one)}
          </button>
        ))}
        <button type="button" className="chip" aria-pressed={expiration.type === 'noExpiration'} onClick={() => set({ expiration: { type: 'noExpiration' } })}>
          {expiration.type === 'noExpiration' ? '✓ ' : ''}
          {t('time.noEnd')}
        </button>
      </div>
      <label className="policy-days">
        <span>{t('policy.days')}</span>
        <input className="native num" type="number" min={1} max={3660} value={span === undefined ? '' : Math.round(span / DAY)} onChange={(event) => (event.target.value === '' ? undefined : set({ expiration: { type: 'afterDuration', duration: `P${Math.max(1, Number(event.target.value))}D` } }))} />
      </label>
      <label className="policy-days">
        <span>{t('policy.fixedEnd')}</span>
        <input
          className="native"
          type="datetime-local"
          value={expiration.endDateTime ? toField(expiration.endDateTime) : ''}
          onChange={(event) => {
            const at = fromField(event.target.value);
            if (at !== undefined) set({ expiration: { type: 'afterDateTime', endDateTime: new Date(at).toISOString() } });
          }}
        />
      </label>
      <p className="secondary">{t('policy.lifecycleHint')}</p>
    </div>
  );
}

export default function PolicyWizard({ one, policy, onClose }: { one: AccessPackage; policy: PackagePolicy | undefined; onClose: () => void }) {
  useReturnFocus();
  const [step, setStep] = useState<1 | 2 | 3>(1);
  const [draft, setDraft] = useState<Draft>(() => policy ?? { ...freshPolicy(), displayName: t('policy.newName') });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [called, setCalled] = useState<string[]>();
  const set = (change: Partial<Draft>) => setDraft((was) => ({ ...was, ...change }));
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const saved = await savePolicy(one.id, policy?.id, draft);
      announce(t('policy.saved', { name: draft.displayName }));
      await accessChanged();
      const warnings = saved['@ephor.warnings'] ?? [];
      if (warnings.length === 0) onClose();
      else setCalled(warnings);
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  const steps = [t('policy.step.who'), t('policy.step.what'), t('policy.step.long')];
  const Body = [Who, What, Long][step - 1] ?? Who;
  return (
    <OverlayDrawer open position="end" size="medium" className="wizard" onOpenChange={(_, data) => (data.open ? undefined : onClose())}>
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" icon={<DismissRegular />} aria-label={t('action.close')} onClick={onClose} />}>{policy === undefined ? t('policy.add') : t('policy.changeNamed', { name: policy.displayName })}</DrawerHeaderTitle>
        <p className="secondary"><Named of={one.displayName} /></p>
        <ol className="steps">
          {steps.map((name, at) => (
            <li key={name} className={at + 1 === step ? 'here' : at + 1 < step ? 'past' : ''} aria-current={at + 1 === step ? 'step' : undefined}>
              <span className="step-mark num">{at + 1 < step ? <CheckmarkRegular aria-label={t('wizard.stepDone')} /> : at + 1}</span> {name}
            </li>
          ))}
        </ol>
      </DrawerHeader>
      <DrawerBody className="wizard-body">
        {called === undefined ? <Body draft={draft} set={set} /> : null}
        {error === undefined ? null : <Refusal title={t('packages.notSaved')} error={error} />}
        {called === undefined ? null : (
          <Message tone="soon" focus title={t('policy.savedBut')}>
            <ul>
              {called.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </Message>
        )}
      </DrawerBody>
      <DrawerFooter className="wizard-foot">
        <PolicyWords policy={draft} />
        <div className="wizard-do">
          {step === 1 || called !== undefined ? null : (
            <Button size="large" icon={<ArrowLeftRegular />} onClick={() => setStep(step === 3 ? 2 : 1)}>
              {t('wizard.back')}
            </Button>
          )}
          <span style={{ flex: 1 }} />
          {called !== undefined ? (
            <Button size="large" appearance="primary" onClick={onClose}>
              {t('action.close')}
            </Button>
          ) : (
            <>
              <Button size="large" onClick={onClose}>
                {t('action.cancel')}
              </Button>
              {step < 3 ? (
                <Button size="large" appearance="primary" disabledFocusable={draft.displayName.trim() === ''} onClick={() => setStep(step === 1 ? 2 : 3)}>
                  {t('wizard.continue')}
                </Button>
              ) : (
                <Button size="large" appearance="primary" disabledFocusable={busy} onClick={() => void save()}>
                  {busy ? t('state.sending') : t('policy.save')}
                </Button>
              )}
            </>
          )}
        </div>
      </DrawerFooter>
    </OverlayDrawer>
  );
}
