const WORDS =
  /pass(?:word|wd|phrase|code)?$|pwd|secret|token|bearer|credential|cookie|auth(?:orization|entication)?$|api_?key|private_?key|(?:^|_)key$|app_?id$|session_?id|^pin$/i;

/** Whether a key, header or query parameter of this name usually holds a secret; rather once too often than too seldom. */
export function soundsSecret(name: string): boolean {
  return WORDS.test(name.replaceAll(/[\s-]/g, '_'));
}
