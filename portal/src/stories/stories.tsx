/** The states of the parts that several places share, without a server. `npm run dev`, then /stories.html. */
import '../parts/length.css';
import '../features/packages/packages.css';
import { BoxRegular, CheckmarkRegular, ClockRegular, HourglassRegular, KeyRegular, SendRegular } from '@fluentui/react-icons';
import { useState, type ReactNode } from 'react';
import { Refused, Unreachable } from '../api/client';
import { Gantt } from '../parts/Gantt';
import { columnsOf, Histogram } from '../parts/Histogram';
import { Empty, RowSkeletons, Segmented } from '../parts/layout';
import { LengthPicker } from '../parts/LengthPicker';
import type { Lane } from '../parts/lanes';
import { GroupMark, PrincipalMark } from '../parts/marks';
import { Failed, Message, Refusal } from '../parts/messages';
import { Status, type Standing } from '../parts/status';
import { TimeLeft, TimeRing } from '../parts/time';
import { Timeline } from '../parts/Timeline';
import { useNow } from '../time/clock';
import { DAY, HOUR, MINUTE } from '../time/duration';
import { until } from '../time/format';

const standings: [Standing, string][] = [
  ['eligible', 'Eligible'],
  ['active', 'Active until 16:56'],
  ['standing', 'Active, no end'],
  ['pending', 'Pending approval'],
  ['scheduled', 'Scheduled, Sat 02:00'],
  ['soon', 'Ends in 11 min 48 s'],
  ['ended', 'Ended at 14:44:00'],
  ['denied', 'Denied by Farah Haddad'],
  ['refused', 'Refused'],
  ['inEffect', 'In effect in corp-ldap'],
  ['reaching', 'Reaching corp-ldap, 2 s'],
  ['outside', 'Made outside Ephor'],
  ['notice', 'Not published'],
];

function Length({ value: first, max }: { value: number; max: number }) {
  const now = useNow();
  const [value, setValue] = useState(first);
  return <LengthPicker label="How long" value={value} max={max} means={until(now + value, now)} onChange={setValue} hint="Up to what the settings allow." />;
}

function Rings() {
  const now = useNow();
  const [start] = useState(now);
  const ends = [4 * HOUR, 12 * MINUTE, -MINUTE];
  return (
    <div className="chips">
      {ends.map((left) => (
        <span key={left} className="chips">
          <TimeRing start={start - HOUR} end={start + left}>
            <KeyRegular fontSize={20} aria-hidden />
          </TimeRing>
          <TimeLeft start={start - HOUR} end={start + left} />
        </span>
      ))}
      <TimeRing start={start} end={null}>
        <KeyRegular fontSize={20} aria-hidden />
      </TimeRing>
    </div>
  );
}

function Bars({ table }: { table: boolean }) {
  const now = useNow();
  const bar = (id: string, kind: Lane['bars'][number]['kind'], start: number, end: number | undefined) => ({ id, kind, start: now + start, end: end === undefined ? undefined : now + end, access: 'member' as const, request: undefined });
  const lanes: Lane[] = [
    { id: 'a', name: 'Ada Okafor', bars: [bar('1', 'now', -HOUR, 3 * HOUR), bar('2', 'ended', -3 * DAY, -3 * DAY + 4 * HOUR)] },
    { id: 'b', name: 'Ben Fischer', bars: [bar('3', 'standing', -6 * DAY, undefined)] },
    { id: 'c', name: 'Daniel Kim', bars: [bar('4', 'asked', 0, 2 * HOUR)] },
    { id: 'd', name: 'Elif Yılmaz', bars: [bar('5', 'scheduled', 6 * HOUR, 8 * HOUR)] },
  ];
  return <Gantt lanes={lanes} days={7} now={now} table={table} onOpen={() => undefined} />;
}

function Counts({ table }: { table: boolean }) {
  const now = useNow();
  const [from] = useState(now - 7 * DAY);
  const [chosen, choose] = useState<readonly [number, number]>();
  const entries = Array.from({ length: 160 }, (_, at) => ({ at: from + ((at * 37) % 160) * (HOUR + at * 30_000) * 0.6, refused: at % 17 === 0 }));
  return <Histogram columns={columnsOf(entries, from, from + 7 * DAY, 56)} from={from} to={from + 7 * DAY} chosen={chosen} onChoose={choose} table={table} />;
}

const refused = new Refused(400, 'RoleAssignmentRequestPolicyValidationFailed', 'The request breaks rules.', [
  { code: 'ExpirationRule', message: 'Requested 6 h, but at most 4 h is allowed.' },
  { code: 'JustificationRule', message: 'A justification is needed.' },
]);

/** A part in one of its states. */
export interface Story {
  name: string;
  states: { name: string; shown: ReactNode }[];
}

export const stories: Story[] = [
  { name: 'Status', states: [{ name: 'every one', shown: <div className="chips">{standings.map(([is, words]) => <Status key={is} is={is}>{words}</Status>)}</div> }] },
  { name: 'Time left', states: [{ name: 'long, soon, over, no end', shown: <Rings /> }] },
  {
    name: 'Length picker',
    states: [
      { name: 'within what is allowed', shown: <Length value={2 * HOUR} max={4 * HOUR} /> },
      { name: 'less than an hour', shown: <Length value={15 * MINUTE} max={30 * MINUTE} /> },
      { name: 'too long', shown: <Length value={6 * HOUR} max={4 * HOUR} /> },
    ],
  },
  {
    name: 'Message',
    states: [
      ...(['live', 'idle', 'soon', 'stop'] as const).map((tone) => ({ name: tone, shown: <Message tone={tone} title="The title says it."><p>The rest says why.</p></Message> })),
      { name: 'refused, each rule', shown: <Refusal title="Database operators was not activated" error={refused} focus={false} /> },
      { name: 'no answer', shown: <Failed error={new Unreachable('cut')} retry={() => undefined} /> },
      { name: 'not there', shown: <Failed error={new Refused(404, 'ResourceNotFound', 'There is no such group.')} retry={() => undefined} /> },
      { name: 'not allowed', shown: <Failed error={new Refused(403, 'Authorization_RequestDenied', 'You may not read this.')} retry={() => undefined} /> },
    ],
  },
  {
    name: 'Empty and loading',
    states: [
      { name: 'empty', shown: <div className="card"><Empty icon={BoxRegular} line="You have no access package" sentence="A package gives you several roles at once, for a time." /></div> },
      { name: 'all is well', shown: <div className="card"><Empty icon={CheckmarkRegular} tone="live" line="Nothing waits for you" /></div> },
      { name: 'loading', shown: <RowSkeletons /> },
    ],
  },
  {
    name: 'Marks',
    states: [
      {
        name: 'people are round, groups are square',
        shown: (
          <div className="chips">
            {(['Ada Okafor', 'Chloé Martin', '?'] as const).map((name) => <PrincipalMark key={name} name={name} size={36} />)}
            {['Production admins', 'Signing keys', 'Payroll data', 'VPN users', 'Something else'].map((name) => <GroupMark key={name} name={name} />)}
            <PrincipalMark name="Robot" kind="servicePrincipal" size={36} />
          </div>
        ),
      },
    ],
  },
  {
    name: 'Timeline',
    states: [
      {
        name: 'waiting',
        shown: (
          <Timeline
            steps={[
              { key: 'asked', when: '2026-11-20T13:32:00Z', icon: SendRegular, tone: 'live', what: 'You asked for membership for 2 h', detail: '“Sign release 2.4.1”' },
              { key: 'waits', when: undefined, around: 'now', icon: HourglassRegular, tone: 'wait', what: 'Waits for approval' },
              { key: 'end', when: '2026-11-21T13:32:00Z', icon: ClockRegular, tone: 'idle', what: 'Ends if nobody answers', future: true },
            ]}
          />
        ),
      },
    ],
  },
  { name: 'Gantt', states: [{ name: 'picture', shown: <Bars table={false} /> }, { name: 'table', shown: <Bars table /> }] },
  { name: 'Histogram', states: [{ name: 'picture', shown: <Counts table={false} /> }, { name: 'table', shown: <Counts table /> }] },
];

/** All of them, in a look that can be chosen. */
export function Stories({ look, onLook }: { look: 'light' | 'dark' | 'contrast'; onLook: (look: 'light' | 'dark' | 'contrast') => void }) {
  return (
    <main className="stories">
      <h1>Stories</h1>
      <Segmented label="Look" value={look} options={(['light', 'dark', 'contrast'] as const).map((value) => ({ value, label: value }))} onChange={onLook} />
      {stories.map((story) => (
        <section key={story.name} className="section">
          <h2>{story.name}</h2>
          {story.states.map((state) => (
            <figure key={state.name} style={{ marginTop: 16 }}>
              <figcaption className="secondary">{state.name}</figcaption>
              {state.shown}
            </figure>
          ))}
        </section>
      ))}
    </main>
  );
}
