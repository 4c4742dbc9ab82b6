/** What happened to something, in order: past solid, now filled, future dashed. */
import './timeline.css';
import type { FluentIcon } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { Meaning } from '../theme';
import { full, millis, seconds, type When } from '../time/format';

/** One step. */
export interface Step {
  key: string;
  when: When | undefined;
  /** The words for when, where there is no instant. */
  around?: string;
  icon: FluentIcon;
  tone: Meaning;
  what: ReactNode;
  aside?: ReactNode;
  detail?: ReactNode;
  future?: boolean;
}

export function Timeline({ steps }: { steps: Step[] }) {
  return (
    <ol className="timeline">
      {steps.map((step) => (
        <li key={step.key} className={step.future === true ? `step future ${step.tone}` : `step ${step.tone}`}>
          <span className="step-when num">
            {step.when === undefined ? (
              <span className="caption">{step.around}</span>
            ) : (
              <time dateTime={new Date(millis(step.when)).toISOString()} title={full(step.when)}>
                {seconds(step.when)}
              </time>
            )}
          </span>
          <span className="step-node" aria-hidden>
            <step.icon />
          </span>
          <span className="step-words">
            <span className="row-title">{step.what}</span> {step.aside === undefined ? null : <span className="caption step-aside">{step.aside}</span>}
            {step.detail === undefined ? null : <span className="secondary step-detail quote">{step.detail}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
