/**
 * An error that is an answer rather than a surprise: whoever gets it decides by its kind what to do next. It carries no
 * stack, which would cost more than everything else that is done to refuse a request.
 */
export class ExpectedError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
