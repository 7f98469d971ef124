/** Into JSON: texts are parsed, JSON is kept, everything else needs a CAST. */

import { SqlError } from '../errors/sql-error.ts';
import { sqlErrors } from '../errors/sql-errors.ts';
import { parseJsonText } from '../expression/json/parse-json.ts';
import type { FieldType } from '../types/field-type.ts';
import { Json, type JsonNode } from '../types/json.ts';
import type { Assignment, Site } from './site.ts';

const INVALID_TEXT_IN_PARAMETER = 3141;

export function assignJson(from: FieldType): Assignment {
  switch (from.class) {
    case 'json':
      return (value) => value;
    case 'string':
      return (value, site) => new Json(parse(value as string, site));
    case 'bytes':
      return () => {
        throw sqlErrors.invalidJsonCharset('binary');
      };
    default:
      return (_value, site) => {
        throw sqlErrors.invalidJsonText('not a JSON text, may need CAST', 0, columnPath(site));
      };
  }
}

function columnPath({ column }: Site): string {
  return column.table === undefined ? column.name : `${column.table}.${column.name}`;
}

/** The same faults as JSON functions report, but naming the column (3140). */
function parse(text: string, site: Site): JsonNode {
  try {
    return parseJsonText(text, 1, '');
  } catch (error) {
    if (!(error instanceof SqlError) || error.errno !== INVALID_TEXT_IN_PARAMETER) throw error;
    const detail = /: "(.*)" at position (\d+)\.$/s.exec(error.message);
    throw sqlErrors.invalidJsonText(detail?.[1] ?? '', Number(detail?.[2] ?? 0), columnPath(site));
  }
}
