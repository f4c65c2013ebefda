import { usedBytes } from "../engine/memory.js";
import type { JobReport } from "../pool/job-report.js";

/**
 * The fields of a job's log line: snake_case, times in ms (`t_...`) or s (`..._s`), and all that the lines of the worker
 * had from which people come here. What isn't known is left out.
 */
export function jobLine(report: JobReport): Record<string, string | number> {
  const { timing, place } = report;
  const gpu = place?.memory.after?.gpu;
  return present({
    job_id: report.jobId,
    session_id: report.sessionId,
    outcome: report.outcome,
    error_code: report.error?.code,
    error: report.error?.message,
    priority: report.priority,
    job_index: place?.jobIndex,
    slot: place?.slot,
    generation: place?.generation,
    state_generation: place?.stateGeneration,
    engine_generation: place?.engineGeneration,
    worker_uptime_s: seconds(place?.contextAgeMs),
    jobs_since_reset: place?.jobsSinceReset,
    audio_duration_s: seconds(report.audioDurationMs),
    t_queue_ms: rounded(report.queueMs),
    t_decode_audio_ms: rounded(report.decodeAudioMs),
    t_wait_ms: rounded(timing?.waitMs),
    t_mel_ms: rounded(timing?.melMs),
    t_detect_ms: rounded(timing?.detectMs),
    t_encode_ms: rounded(timing?.encodeMs),
    t_prompt_ms: rounded(timing?.promptMs),
    t_decode_ms: rounded(timing?.decodeMs),
    t_sample_ms: rounded(timing?.sampleMs),
    t_align_ms: rounded(timing?.alignMs),
    t_run_ms: rounded(timing?.wallMs),
    t_cpu_ms: rounded(timing?.cpuMs),
    t_run_delay_ms: rounded(timing?.runDelayMs),
    t_total_ms: rounded(report.totalMs),
    segments_count: report.segments,
    interruptions: report.interruptions || undefined,
    tokens: timing?.tokensDecoded,
    prompt_tokens: timing?.promptTokens,
    fallbacks: timing?.fallbacks,
    fallback_tokens: timing?.fallbackTokens,
    windows: timing?.windows,
    rtf: rounded(report.rtf, 6),
    rss_bytes: place?.memory.after?.rssBytes,
    rss_before_bytes: place?.memory.before?.rssBytes,
    external_bytes: place?.memory.after?.externalBytes,
    state_bytes: place?.memory.stateBytes,
    gpu_used_bytes: gpu && usedBytes(gpu),
    gpu_free_bytes: gpu?.freeBytes,
  });
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : rounded(ms / 1000, 6);
}

/** Times to microseconds. */
function rounded(value: number | undefined, digits = 3): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits));
}

function present(
  fields: Record<string, string | number | undefined>,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, string | number] => entry[1] !== undefined,
    ),
  );
}
