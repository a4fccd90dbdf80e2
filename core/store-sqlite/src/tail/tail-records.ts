import { crc32 } from 'node:zlib';
import { countOf } from '../bodies/reading-columns.ts';
import { asPacked, smaller } from '../bodies/small-bodies.ts';
import { asPairs, smallerPairs } from './receipt-pairs.ts';

/** What one commit left: its place among the commits, its readings as they are packed, and their receipts. */
export interface TailRecord {
  readonly seq: number;
  readonly body: Uint8Array;
  readonly receipts: Uint8Array | null;
}

/** What a file holds of an edition. */
export interface TailContents {
  readonly records: readonly TailRecord[];
  /** Bytes up to the end of the last record that stands without a gap: the next one belongs there. */
  readonly end: number;
  /** A record stands behind something that is none: a disk forgot what it had kept. */
  readonly isDamaged: boolean;
}

/** Written in the order of its bytes. */
const MARK = Buffer.from('dfTR');
/**
 * Little-endian: mark, checksum of all that follows (u32), edition (f64), seq, bytes of the body, of the receipts, and whether
 * these two are in fewer bytes (u32 each).
 */
const HEAD_BYTES = 32;
const CHECKED_FROM = 8;
/** What a quiet home commits together: fewer bytes are fewer blocks of the disk. A busy one fills blocks as it is. */
const MOST_MADE_SMALL = 256;

export function bytesOfRecord(record: TailRecord, edition: number): Buffer {
  const { seq } = record;
  const isSmall = countOf(record.body) <= MOST_MADE_SMALL;
  const body = isSmall ? smaller(record.body) : record.body;
  const receipts = isSmall && record.receipts !== null ? smallerPairs(record.receipts) : record.receipts;
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + body.length + (receipts?.length ?? 0));
  MARK.copy(bytes);
  bytes.writeDoubleLE(edition, 8);
  bytes.writeUInt32LE(seq, 16);
  bytes.writeUInt32LE(body.length, 20);
  bytes.writeUInt32LE(receipts?.length ?? 0, 24);
  bytes.writeUInt32LE(Number(isSmall), 28);
  bytes.set(body, HEAD_BYTES);
  if (receipts !== null) bytes.set(receipts, HEAD_BYTES + body.length);
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKED_FROM)), 4);
  return bytes;
}

/**
 * The records of one edition. They stand one behind the other from the beginning of the file; what follows is left of a record
 * that was cut off, which nobody was told of, or of an earlier edition.
 */
export function recordsIn(bytes: Buffer, edition: number): TailContents {
  const records: TailRecord[] = [];
  let end = 0;
  let isDamaged = false;
  for (let at = 0; at !== -1;) {
    const found = recordAt(bytes, at, edition);
    if (found === undefined) {
      at = bytes.indexOf(MARK, at + 1);
      continue;
    }
    isDamaged ||= at !== end;
    records.push(found.record);
    at = found.end;
    end = found.end;
  }
  return { records, end, isDamaged };
}

function recordAt(
  bytes: Buffer,
  at: number,
  edition: number,
): { readonly record: TailRecord; readonly end: number } | undefined {
  const from = at + HEAD_BYTES;
  if (from > bytes.length || MARK.compare(bytes, at, at + MARK.length) !== 0) return undefined;
  if (bytes.readDoubleLE(at + 8) !== edition) return undefined;
  const [bodyBytes, receiptBytes] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
  const end = from + bodyBytes + receiptBytes;
  if (end > bytes.length || crc32(bytes.subarray(at + CHECKED_FROM, end)) !== bytes.readUInt32LE(at + 4))
    return undefined;
  // Columns are read where they begin at a multiple of eight, and the file itself need not stay in memory.
  const body = new Uint8Array(bytes.subarray(from, from + bodyBytes));
  const receipts = receiptBytes === 0 ? null : new Uint8Array(bytes.subarray(from + bodyBytes, end));
  const seq = bytes.readUInt32LE(at + 16);
  if (bytes.readUInt32LE(at + 28) === 0) return { record: { seq, body, receipts }, end };
  return { record: { seq, body: asPacked(body), receipts: receipts && asPairs(receipts) }, end };
}
