/** Bounds of a store, and what happens at them. */

/** The largest proposal; larger ones are refused with 'raft-entry-too-large'. TiKV's raft-entry-max-size. */
export const MAX_ENTRY_BYTES = 8 << 20;
/**
 * Proposals that are not answered yet, all regions together; beyond it 'server-is-busy'. TiKV's
 * scheduler-pending-write-threshold.
 */
export const MAX_PROPOSAL_BYTES = 100 << 20;
export const MAX_PROPOSALS = 65_536;
/** A log write, or a wait for the engine, that takes longer lowers what is accepted, in the end to nothing. */
export const STALL_MS = 500;
export const MAX_STALL_MS = 5000;
/** What a refused proposal is told to wait at least and at most. */
export const MIN_BUSY_HINT_MS = 20;
export const MAX_BUSY_HINT_MS = 5000;
/** Committed entries applied in one go. */
export const MAX_APPLY_BYTES = 4 << 20;
/** Entries in one append message to a follower. */
export const MAX_MESSAGE_BYTES = 1 << 20;
/** Entries of one region's leader that no quorum has yet; one more proposal is refused with 'server-is-busy'. */
export const MAX_UNCOMMITTED_BYTES = 64 << 20;
/** Append messages on their way to one follower, and their bytes; more are sent when it answers. */
export const MAX_INFLIGHT_MESSAGES = 256;
export const MAX_INFLIGHT_BYTES = 16 << 20;
/** How the regions' raft groups send; see raft's Config. */
export const RAFT_LIMITS = {
  maxSizePerMsg: MAX_MESSAGE_BYTES,
  maxCommittedSizePerReady: MAX_APPLY_BYTES,
  maxUncommittedEntriesSize: MAX_UNCOMMITTED_BYTES,
  maxInflightMsgs: MAX_INFLIGHT_MESSAGES,
  maxInflightBytes: MAX_INFLIGHT_BYTES,
  batchAppends: true,
  lazyCommits: true,
} as const;
/** Entries from other stores that are not in the log yet; append messages beyond it are dropped, and come again. */
export const MAX_ARRIVED_BYTES = 256 << 20;
/** Applied writes that LevelDB has not taken yet; beyond it the store's loop waits, and with it everyone who writes. */
export const MAX_ENGINE_PENDING_BYTES = 64 << 20;
/** Vote requests kept for replicas that a split is about to make; beyond it the older half goes, and is asked for again. */
export const MAX_HELD_MESSAGES = 1024;
/** Free disk space below which writes are refused with 'disk-full'. */
export const MIN_FREE_DISK_BYTES = 16 << 20;
/** Rounds of the loop in one turn of the event loop, before others get theirs. */
export const MAX_ROUNDS_PER_TURN = 16;

export const DEFAULT_SEGMENT_BYTES = 16 << 20;
export const MIN_SEGMENT_BYTES = 256 << 10;
/** Segments in use before the log is truncated behind the engine. */
export const MAX_LOG_SEGMENTS = 3;
/** Segments above which less is accepted, and at which nothing is: checkpoints do not keep up. */
export const RAFT_LOG_SEGMENTS_TO_TRIM = 24;
export const MAX_RAFT_LOG_SEGMENTS = 48;
/** Segments that a region may hold for members that lag behind; one that lags more gets a snapshot. */
export const MAX_RETAINED_SEGMENTS = 8;
/** Entries of all regions that stay in memory for members that lag behind; above it the largest logs are let go. */
export const MAX_CACHED_LOG_BYTES = 64 << 20;
/** Entries that a follower keeps in memory to be able to lead. */
export const FOLLOWER_TAIL_ENTRIES = 512;
/** How often logs in memory are trimmed while anything happens. */
export const LOG_TRIM_TICKS = 10;
export const DEFAULT_CACHE_BYTES = 256 << 20;
/**
 * Pairs that the cache reads when a store opens. A store that has no more is known from end to end then, an empty one
 * too, so that reads of it never wait for the disk and keys that do not exist are known not to.
 */
export const WARM_PAIRS = 4096;

/** How often free space is looked at while writes come in, and recovery is tried while they are refused. */
export const SPACE_CHECK_MS = 1000;

/** Raft's clock: an election after 1–2 s without a leader, a heartbeat every 200 ms. */
export const TICK_MS = 100;
export const ELECTION_TICKS = 10;
export const HEARTBEAT_TICKS = 2;
/** A leader's lease is shorter than the time in which nobody else can be elected. */
export const LEASE_MS = 0.9 * ELECTION_TICKS * TICK_MS;

/** How long a read waits for the leader's answer, for the lease, and for the entries it has to see. */
export const READ_TIMEOUT_MS = 1000;
/** After so long without an answer the leader is asked once more. */
export const READ_RETRY_MS = 2 * TICK_MS;
/** Reads of one replica that wait for the leader's commit index; further ones are refused with 'server-is-busy'. */
export const MAX_WAITING_READS = 8192;
/** Questions for the commit index that a replica has under way; what comes meanwhile shares the next one. */
export const MAX_READ_ROUNDS = 4;
/** Questions of other replicas that a leader prepares to answer; further ones are dropped, and come again. */
export const MAX_ASKED_READS = 1024;

/** A peer that a leader has not heard of for so long is reported as down. */
export const DOWN_AFTER_MS = 10_000;
/** What a leader waits at most for its observers before it gives leadership away. */
export const HANDOVER_MS = 1000;

/** Ticks without anything to do after which a leader suggests to sleep. */
export const HIBERNATE_TICKS = 3 * ELECTION_TICKS;
/** How often a sleeping follower asks the others whether it is still a member. */
export const STALE_CHECK_MS = 10 * 60_000;
/** How often one does that is awake and hears no leader. */
export const UNLED_TICKS = 10 * ELECTION_TICKS;
/**
 * Replicas that were removed and are remembered. Whoever belongs to a region whose tombstone was forgotten is not told so
 * by this store any more.
 */
export const MAX_TOMBSTONES = 16_384;
/** A replica asks that no more often, whatever the reason. */
export const ASK_STALE_AGAIN_MS = 1000;

/** Entries that a follower of a merging region may lag behind, TiKV's merge-max-log-gap, and their bytes. */
export const MERGE_MAX_LOG_GAP = 10;
export const MERGE_MAX_LOG_BYTES = 32 << 10;

/** Snapshots that are prepared or on their way to other stores; the others wait. */
export const MAX_OUTGOING_SNAPSHOTS = 4;
/** Snapshots that arrive at the same time; more are refused and come again later. */
export const MAX_INCOMING_SNAPSHOTS = 4;
/** TiKV's snap-max-write-bytes-per-sec, for all snapshots of a store together. */
export const SNAPSHOT_BYTES_PER_SECOND = 100 << 20;
/** A prepared snapshot that raft does not ask for is let go after so long. */
export const SNAPSHOT_EXPIRY_MS = 10_000;
/** A snapshot whose receiver takes nothing, or whose sender sends nothing, for so long has failed. */
export const SNAPSHOT_STALL_MS = 30_000;

/** How often the leader of a stopped region that cannot know what became of its target hands over to another member. */
export const PASS_ON_TICKS = 5 * ELECTION_TICKS;
