/** A typeCast for mysql2: every value as the text the protocol carries. */
export function asText(field: { string(): string | null }): string | null {
  return field.string();
}
