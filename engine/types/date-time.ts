/** Placeholder shape; grows into the full type. */
export declare class DateTime {
  private readonly shape: 'DateTime';
}
