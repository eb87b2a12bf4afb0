/** Numbers as people read them: the same words on every surface. */
import { format } from "@mlx-manager/shared";

export const { bytes, rate, duration, tokensPerSecond, count, plural, relativeTime } = format;
