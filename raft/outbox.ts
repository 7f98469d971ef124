/**
 * The messages a node wants sent, in two queues: `messages` may leave at once; `messagesAfterAppend` promise something
 * about this node's durable state and wait until that is written. What a node acknowledges to itself waits there too.
 */
import { assert } from '../base/index.ts';
import { blankMessage, type Message, type MessageDraft, type MessageType } from './message.ts';

export class Outbox {
  messages: Message[] = [];
  messagesAfterAppend: Message[] = [];
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  get isEmpty(): boolean {
    return this.messages.length === 0 && this.messagesAfterAppend.length === 0;
  }

  /** A message from this node, to be filled in and posted. */
  draft(type: MessageType, to: number, term: number): MessageDraft {
    return blankMessage(type, to, this.#id, term);
  }

  post(message: Message): void {
    assert(message.to !== this.#id, 'a node sends itself nothing but acknowledgements');
    this.messages.push(message);
  }

  /** The log matches the leader's up to `index`. */
  acknowledge(to: number, term: number, index: number): void {
    const draft = this.draft('MsgAppResp', to, term);
    draft.index = index;
    this.messagesAfterAppend.push(draft);
  }

  /** The append after `index` was refused; the logs may match at `hintIndex`, where ours has `hintTerm`. */
  rejectAppend(to: number, term: number, index: number, hint: { readonly index: number; readonly term: number }): void {
    const draft = this.draft('MsgAppResp', to, term);
    draft.index = index;
    draft.reject = true;
    draft.rejectHint = hint.index;
    draft.logTerm = hint.term;
    this.messagesAfterAppend.push(draft);
  }

  answerVote(type: 'MsgVoteResp' | 'MsgPreVoteResp', to: number, term: number, verdict: 'granted' | 'rejected'): void {
    const draft = this.draft(type, to, term);
    draft.reject = verdict === 'rejected';
    this.messagesAfterAppend.push(draft);
  }

  /** Passes a request on to the leader, in the name of who made it. */
  forward(message: Message, lead: number, term: number): void {
    const draft = this.draft(message.type, lead, term);
    if (message.from !== 0) draft.from = message.from;
    draft.entries = message.entries;
    this.post(draft);
  }
}
