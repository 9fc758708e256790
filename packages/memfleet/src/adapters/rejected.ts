/** A promise that rejects, for methods that make no promise of their own otherwise. */
export const rejected = async (error: unknown): Promise<never> => {
  throw error;
};
