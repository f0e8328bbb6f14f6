/**
 * What the builder knows about the pipeline. The function around all modules is called with it.
 */
export const config = "[[ config ]]";
