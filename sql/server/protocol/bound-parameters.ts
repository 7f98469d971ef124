/**
 * Parameters of COM_STMT_EXECUTE: a NULL bitmap, types (sent with the first execution and whenever they change), values.
 * A parameter that came through COM_STMT_SEND_LONG_DATA takes no space among the values.
 */

import { type FieldType, fieldTypes, type Datum, DateTime, Decimal, canonicalInt } from '../../../engine/index.ts';
import type { BoundParameter } from '../session-port.ts';
import { WireType } from '../wire/constants.ts';
import { MalformedPacketError, type PayloadReader } from '../wire/payload-reader.ts';

const UNSIGNED = 0x8000;
const MICROS_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;
