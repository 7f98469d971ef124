/** Placeholder shape; grows into the full type. */
export declare class Decimal {
  private readonly shape: 'Decimal';
}
