/** Placeholder shape; grows into the full type. */
export declare class Json {
  private readonly shape: 'Json';
}
