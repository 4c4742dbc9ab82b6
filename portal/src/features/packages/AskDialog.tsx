/** Asks for a package: just what its policy asks, and what will come of it beside that. */
import '../groups/wizard.css';
import '../../parts/length.css';
import { Button, Checkbox, Field, Input, Select, Textarea } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { askForPackage, requirements, type AccessPackage, type Question, type Requirements } from '../../api/packages';
import { accessChanged } from '../../api/queries';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Refusal } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { Sheet } from '../../parts/Sheet';
import { useMinute } from '../../time/clock';
import { fromIso } from '../../time/duration';
import { length, millis, point } from '../../time/format';
import { PeriodPicker, scheduleOf, type Period } from '../groups/PeriodPicker';
import { Gives, questionText } from './shown';
import { Named } from '../../parts/named';

/** What a question needs is missing. */
const unanswered = (question: Question, answers: Record<string, string>) => question.isRequired && (answers[question.id] ?? '').trim() === '';

function Asks({ question, value, onChange, missing }: { question: Question; value: string; onChange: (value: string) => void; missing: boolean }) {
  const text = questionText(question);
  const problem = missing ? { validationMessage: t('packages.answerMissing') } : {};
  if (question.choices !== undefined && question.isMultipleSelectionAllowed === true) {
    const chosen = value === '' ? [] : value.split(', ');
    return (
      <fieldset className="package-choices">
        <legend className="strong">{text}</legend>
        {question.choices.map((choice) => (
          <Checkbox
            key={choice.actualValue}
            label={questionText(choice)}
            checked={chosen.includes(choice.actualValue)}
            onChange={(_, data) => onChange((data.checked === true ? [...chosen, choice.actualValue] : chosen.filter((one) => one !== choice.actualValue)).join(', '))}
          />
        ))}
        {missing ? <p className="length-wrong">{t('packages.answerMissing')}</p> : null}
      </fieldset>
    );
  }
  return (
    <Field label={{ children: text, className: 'strong' }} hint={question.isRequired ? undefined : t('field.optional')} {...problem}>
      {question.choices !== undefined ? (
        <Select value={value} onChange={(_, data) => onChange(data.value)}>
          <option value="">–</option>
          {question.choices.map((choice) => (
            <option key={choice.actualValue} value={choice.actualValue}>
              {questionText(choice)}
            </option>
          ))}
        </Select>
      ) : question.isSingleLineQuestion === false ? (
        <Textarea value={value} rows={2} maxLength={500} onChange={(_, data) => onChange(data.value)} />
      ) : (
        <Input value={value} maxLength={500} onChange={(_, data) => onChange(data.value)} />
      )}
    </Field>
  );
}

function Form({ one, policies, onClose }: { one: AccessPackage; policies: Requirements[]; onClose: () => void }) {
  const now = useMinute();
  const [under, setUnder] = useState(policies[0]?.policyId);
  const policy = policies.find((other) => other.policyId === under) ?? policies[0];
  const [why, setWhy] = useState('');
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const [own, setOwn] = useState(false);
  const expiration = policy?.schedule.expiration;
  const span = fromIso(expiration?.duration);
  const fixed = expiration?.endDateTime ? millis(expiration.endDateTime) : undefined;
  const [period, setPeriod] = useState<Period>({ start: undefined, end: undefined });
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  if (policy === undefined) return <p>{t('packages.notForYou')}</p>;
  const start = period.start ?? now;
  const end = own && period.end !== undefined ? period.end : (fixed ?? (span === undefined ? undefined : start + span));
  const questions = [...policy.questions].sort((a, b) => a.sequence - b.sequence);
  const needsWhy = policy.isRequestorJustificationRequired && why.trim() === '';
  const send = async () => {
    setTried(true);
    if (needsWhy || questions.some((question) => unanswered(question, answers))) return;
    setBusy(true);
    setError(undefined);
    try {
      const made = await askForPackage({
        requestType: 'userAdd',
        assignment: { accessPackageId: one.id, assignmentPolicyId: policy.policyId },
        ...(why.trim() === '' ? {} : { justification: why }),
        ...(own ? { schedule: scheduleOf({ start: period.start, end }) } : {}),
        answers: questions
          .filter((question) => (answers[question.id] ?? '').trim() !== '')
          .map((question) => ({ '@odata.type': '#microsoft.graph.accessPackageAnswerString', value: answers[question.id], answeredQuestion: { '@odata.type': question['@odata.type'], id: question.id } })),
      });
      announce(t(made.state === 'pendingApproval' ? 'packages.nowWaits' : 'packages.nowYours', { name: one.displayName }));
      onClose();
      await accessChanged();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className="fields">
        <div>
          <p className="secondary">{one.description}</p>
          <Gives roles={one.resourceRoleScopes ?? []} />
        </div>
        {policies.length > 1 ? (
          <Field label={{ children: t('packages.under'), className: 'strong' }} hint={policy.policyDescription ?? undefined}>
            <Select value={policy.policyId} onChange={(_, data) => setUnder(data.value)}>
              {policies.map((other) => (
                <option key={other.policyId} value={other.policyId}>
                  <Named of={other.policyDisplayName} />
                </option>
              ))}
            </Select>
          </Field>
        ) : null}
        <Field
          label={{ children: t('field.reason'), className: 'strong' }}
          hint={policy.isRequestorJustificationRequired ? undefined : t('field.optional')}
          {...(tried && needsWhy ? { validationMessage: t('activate.needsReason') } : {})}
        >
          <Textarea value={why} rows={2} maxLength={500} onChange={(_, data) => setWhy(data.value)} />
        </Field>
        {questions.map((question) => (
          <Asks key={question.id} question={question} value={answers[question.id] ?? ''} onChange={(value) => setAnswers({ ...answers, [question.id]: value })} missing={tried && unanswered(question, answers)} />
        ))}
        {policy.allowCustomAssignmentSchedule ? (
          <div>
            <Checkbox checked={own} label={t('packages.ownTime')} onChange={(_, data) => (setOwn(data.checked === true), setPeriod({ start: undefined, end: fixed ?? (span === undefined ? undefined : now + span) }))} />
            {own ? <PeriodPicker value={period} onChange={setPeriod} max={fixed === undefined ? span : fixed - start} now={now} /> : null}
          </div>
        ) : null}
        {error === undefined ? null : <Refusal title={t('packages.notAsked', { name: one.displayName })} error={error} />}
        <p className="panel" role="status">
          {t(policy.isApprovalRequiredForAdd ? 'packages.nextApproval' : 'packages.nextAtOnce')}{' '}
          {end === undefined
            ? t('packages.nextNoEnd')
            : own || fixed !== undefined
              ? t('packages.nextUntil', { when: point(end, now) })
              : t('packages.nextFor', { length: length(span ?? 0) })}
        </p>
      </div>
      <div className="sheet-actions">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button type="submit" appearance="primary" disabledFocusable={busy}>
          {busy ? t('state.sending') : t(policy.isApprovalRequiredForAdd ? 'activate.ask' : 'packages.get')}
        </Button>
      </div>
    </form>
  );
}

export default function AskDialog({ one, onClose }: { one: AccessPackage; onClose: () => void }) {
  const query = useQuery(requirements(one.id));
  return (
    <Sheet title={t('packages.askTitle', { name: one.displayName })} onClose={onClose}>
      <Loaded query={query}>{(policies) => <Form one={one} policies={policies} onClose={onClose} />}</Loaded>
    </Sheet>
  );
}
