/* A slow disk: what the native part reads in large pieces takes as long as at so many MB/s, over all threads together, as
 * the file named by SLOW_DISK says at that time; 0 is no limit. Loaded by LD_PRELOAD; calls from elsewhere are not
 * affected. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Smaller pieces are headers, which a disk reads ahead anyway. */
#define LEAST 16384

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double free_at;

static int ours(void *caller) {
  Dl_info found;
  return dladdr(caller, &found) && found.dli_fname && strstr(found.dli_fname, "zemosaic.node");
}

static double limit(void) {
  const char *path = getenv("SLOW_DISK");
  char text[32] = {0};
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return 0;
  ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  return got > 0 ? 1e6 * atof(text) : 0;
}

/* Takes its turn at the disk and waits until the bytes would be there. */
static void take(size_t bytes, void *caller) {
  if (bytes < LEAST || !ours(caller)) return;
  double rate = limit();
  if (rate <= 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  double at = now.tv_sec + 1e-9 * now.tv_nsec;
  pthread_mutex_lock(&lock);
  if (free_at < at) free_at = at;
  free_at += bytes / rate;
  double until = free_at;
  pthread_mutex_unlock(&lock);
  struct timespec end = {(time_t)until, (long)(1e9 * (until - (time_t)until))};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) continue;
}

#define NEXT(name) __typeof__(name) *next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t pread64(int file, void *to, size_t bytes, off64_t at) {
  NEXT(pread64);
  take(bytes, __builtin_return_address(0));
  return next(file, to, bytes, at);
}

ssize_t pread(int file, void *to, size_t bytes, off_t at) {
  NEXT(pread);
  take(bytes, __builtin_return_address(0));
  return next(file, to, bytes, at);
}
