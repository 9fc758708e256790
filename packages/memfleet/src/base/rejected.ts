/** A promise that rejects with the error unchanged, for functions that return the promise of another one otherwise. */
export const rejected = async (error: unknown): Promise<never> => {
  throw error;
};
