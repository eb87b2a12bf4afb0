/** Answers what `read` gave the first time. A failure is not remembered. */
export function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let answer: Promise<Value> | undefined;
  return async () => {
    answer ??= read();
    try {
      return await answer;
    } catch (error) {
      answer = undefined;
      throw error;
    }
  };
}
