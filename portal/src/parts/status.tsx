/** How something stands: icon and frame carry it without colour. One component for every list, pane and phone. */
import {
  AlertRegular,
  ArrowSyncRegular,
  CalendarClockRegular,
  CheckmarkCircleFilled,
  CircleRegular,
  ClockAlarmRegular,
  DismissCircleRegular,
  HistoryRegular,
  HourglassRegular,
  KeyRegular,
  PlugConnectedCheckmarkRegular,
  ShieldDismissRegular,
  WarningRegular,
} from '@fluentui/react-icons';
import type { FluentIcon } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { Meaning } from '../theme';

/** Each way something can stand. */
export type Standing =
  | 'eligible' | 'active' | 'standing' | 'pending' | 'scheduled' | 'soon' | 'ended' | 'denied' | 'refused'
  | 'inEffect' | 'reaching' | 'outside' | 'notice';

const looks: Record<Standing, readonly [Meaning, 'fill' | 'outline' | 'dashed' | 'bare', FluentIcon]> = {
  eligible: ['idle', 'outline', CircleRegular],
  active: ['live', 'fill', CheckmarkCircleFilled],
  standing: ['live', 'outline', KeyRegular],
  pending: ['wait', 'fill', HourglassRegular],
  scheduled: ['wait', 'dashed', CalendarClockRegular],
  soon: ['soon', 'fill', ClockAlarmRegular],
  ended: ['idle', 'bare', HistoryRegular],
  denied: ['stop', 'fill', DismissCircleRegular],
  refused: ['stop', 'outline', ShieldDismissRegular],
  inEffect: ['live', 'bare', PlugConnectedCheckmarkRegular],
  reaching: ['soon', 'bare', ArrowSyncRegular],
  outside: ['soon', 'outline', WarningRegular],
  notice: ['idle', 'fill', AlertRegular],
};

/** A status in its look, with its words. */
export function Status({ is, children }: { is: Standing; children: ReactNode }) {
  const [meaning, frame, Icon] = looks[is];
  return (
    <span className={`status ${meaning} ${frame}`}>
      <Icon aria-hidden />
      <span>{children}</span>
    </span>
  );
}
