/** No, not now, and not working: in the server's words, with the way forward. */
import { Button } from '@fluentui/react-components';
import {
  CloudOffRegular,
  DismissRegular,
  InfoRegular,
  ShieldDismissRegular,
  CheckmarkCircleRegular,
  WarningRegular,
  type FluentIcon,
} from '@fluentui/react-icons';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Refused, STEP_UP, Unreachable } from '../api/client';
import { t } from '../i18n';
import { hereNow, signInAddress, stepUpAddress } from '../session';
import { seconds } from '../time/format';
import { serverNow, useNow } from '../time/clock';

/** A message in its frame. */
export function Message({ tone, title, children, actions, focus = false, icon }: { icon?: FluentIcon; tone: 'stop' | 'soon' | 'idle' | 'live'; title: ReactNode; children?: ReactNode; actions?: ReactNode; focus?: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (focus) box.current?.focus();
  }, [focus]);
  const Icon = icon ?? { stop: ShieldDismissRegular, soon: WarningRegular, idle: InfoRegular, live: CheckmarkCircleRegular }[tone];
  return (
    <div ref={box} tabIndex={-1} className={`message appears ${tone}`} role={tone === 'stop' ? 'alert' : 'status'}>
      <Icon aria-hidden />
      <div className="message-words">
        <p className="strong">{title}</p>
        {children}
        {actions === undefined ? null : <div className="message-actions">{actions}</div>}
      </div>
    </div>
  );
}

/** What the server says of each rule, else what it says of the whole. */
export function reasons(error: unknown): { code: string; message: string; target?: string | null | undefined }[] {
  if (error instanceof Refused) {
    return error.details.length > 0 ? error.details : [{ code: error.code, message: error.message }];
  }
  if (error instanceof Unreachable) return [{ code: 'unreachable', message: t('error.noAnswer') }];
  return [{ code: 'fault', message: error instanceof Error ? error.message : String(error) }];
}

/** Off to show afresh who one is, and back here. */
function StepUp() {
  return (
    <Button appearance="primary" onClick={() => location.assign(stepUpAddress(hereNow(), serverNow()))}>
      {t('action.stepUp')}
    </Button>
  );
}

/** What was not done, and each reason. */
export function Refusal({ title, error, wayOut, children, actions, focus = true }: { title: ReactNode; error: unknown; wayOut?: (code: string) => ReactNode; children?: ReactNode; actions?: ReactNode; focus?: boolean }) {
  const stepUp = error instanceof Refused && error.code === STEP_UP ? <StepUp /> : undefined;
  return (
    <Message tone="stop" title={title} actions={actions ?? stepUp} focus={focus}>
      <ul>
        {reasons(error).map((reason) => (
          <li key={`${reason.code} ${reason.message}`}>
            <DismissRegular aria-hidden />
            <span>
              {reason.message} {wayOut?.(reason.code)}
            </span>
          </li>
        ))}
      </ul>
      {children}
    </Message>
  );
}

/** The server does not answer: from when what is shown is, and when it is tried again. */
export function NoAnswer({ since, retry, attempt }: { since?: number | undefined; retry: () => void; attempt: number }) {
  const now = useNow();
  const [next] = useState(() => Math.ceil(Date.now() / 1000) * 1000 + Math.min(60, 8 * 2 ** Math.min(attempt, 3)) * 1000);
  const left = Math.max(0, Math.round((next - Date.now()) / 1000));
  useEffect(() => {
    if (left === 0) retry();
  }, [left, retry]);
  void now;
  return (
    <Message
      tone="soon"
      icon={CloudOffRegular}
      title={t('error.unreachable')}
      actions={
        <>
          <Button appearance="primary" onClick={retry}>
            {t('action.tryNow')}
          </Button>
          <span className="secondary num">{t('error.again', { n: left })}</span>
        </>
      }
    >
      <p>
        {since === undefined || since === 0 ? null : `${t('error.from', { when: seconds(since) })} `}
        {t('error.endsAnyway')}
      </p>
    </Message>
  );
}

/** A read that failed: says which of the ways it failed in. */
export function Failed({ error, retry, since, attempt = 0 }: { error: unknown; retry: () => void; since?: number | undefined; attempt?: number }) {
  if (error instanceof Unreachable) return <NoAnswer retry={retry} since={since} attempt={attempt} key={attempt} />;
  if (error instanceof Refused && error.code === STEP_UP) return <Refusal title={t('error.stepUp')} error={error} focus={false} />;
  if (error instanceof Refused && error.status === 401) {
    return (
      <Message
        tone="idle"
        title={t('error.signedOut')}
        actions={
          <Button as="a" appearance="primary" href={signInAddress(hereNow())}>
            {t('action.signIn')}
          </Button>
        }
      >
        <p>{t('error.signedOutWhy')}</p>
      </Message>
    );
  }
  if (error instanceof Refused && (error.status === 403 || error.status === 404)) {
    return (
      <Message tone={error.status === 403 ? 'stop' : 'idle'} title={t(error.status === 403 ? 'error.notYours' : 'error.notThere')} focus={false}>
        <p>{error.message}</p>
      </Message>
    );
  }
  return (
    <Message tone="soon" title={t('error.failed')} actions={<Button onClick={retry}>{t('action.tryAgain')}</Button>}>
      {reasons(error).map((reason) => (
        <p key={reason.code}>{reason.message}</p>
      ))}
      {error instanceof Refused && error.requestId !== undefined ? <p className="mono">{error.requestId}</p> : null}
    </Message>
  );
}
