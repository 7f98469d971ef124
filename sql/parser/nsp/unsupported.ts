/** Thrown inside the adapter when node-sql-parser's tree is not understood completely; the statement goes to the own grammar. */
export class UnsupportedTree extends Error {
  override readonly name = 'UnsupportedTree';
}
