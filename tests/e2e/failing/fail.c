/* Makes the n-th call of the native part fail, as with a full disk or without memory: FAIL_KIND is write (anything
 * that reaches the disk), read, rename, kill (the process ends before a rename), killed (after it), appears (somebody gets
 * the name FAIL_PATH before it), cut (the file FAIL_PATH is cut before a flush), signals (two SIGTERM before a flush) or
 * memory (blocks of FAIL_BYTES or more). A link counts as a rename. FAIL_NTH says which, FAIL_MARK names a file that is
 * then created. With thread all threads from the n-th on fail. Loaded by LD_PRELOAD; calls from elsewhere are not affected. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static atomic_long count;

static int ours(void *caller) {
  Dl_info found;
  return dladdr(caller, &found) && found.dli_fname && strstr(found.dli_fname, "zemosaic.node");
}

static int fails(const char *kind, void *caller) {
  const char *wanted = getenv("FAIL_KIND"), *nth = getenv("FAIL_NTH"), *mark = getenv("FAIL_MARK");
  if (!wanted || !nth || !mark || strcmp(wanted, kind) || !ours(caller)) return 0;
  long call = atomic_fetch_add(&count, 1) + 1;
  int on = !strcmp(kind, "thread");
  if (on ? call < atol(nth) : call != atol(nth)) return 0;
  int file = open(mark, O_CREAT | O_WRONLY, 0600);
  if (file >= 0) close(file);
  return 1;
}

static int large(size_t bytes) {
  const char *least = getenv("FAIL_BYTES");
  return least && bytes >= (size_t)atol(least);
}

#define CALLER __builtin_return_address(0)
#define NEXT(name) __typeof__(name) *next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t pwrite64(int file, const void *from, size_t bytes, off64_t at) {
  NEXT(pwrite64);
  return fails("write", CALLER) ? (errno = ENOSPC, -1) : next(file, from, bytes, at);
}

ssize_t write(int file, const void *from, size_t bytes) {
  NEXT(write);
  return fails("write", CALLER) ? (errno = ENOSPC, -1) : next(file, from, bytes);
}

int ftruncate64(int file, off64_t bytes) {
  NEXT(ftruncate64);
  return fails("write", CALLER) ? (errno = ENOSPC, -1) : next(file, bytes);
}

static void signals(void *caller) {
  if (!fails("signals", caller)) return;
  kill(getpid(), SIGTERM);
  usleep(100000);
  kill(getpid(), SIGTERM);
  sleep(3);
}

int fsync(int file) {
  NEXT(fsync);
  signals(CALLER);
  if (fails("cut", CALLER) && truncate(getenv("FAIL_PATH"), 100)) return -1;
  return fails("write", CALLER) ? (errno = EIO, -1) : next(file);
}

int fdatasync(int file) {
  NEXT(fdatasync);
  return fails("write", CALLER) ? (errno = EIO, -1) : next(file);
}

ssize_t pread64(int file, void *to, size_t bytes, off64_t at) {
  NEXT(pread64);
  return fails("read", CALLER) ? (errno = EIO, -1) : next(file, to, bytes, at);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg) {
  NEXT(pthread_create);
  return fails("thread", CALLER) ? EAGAIN : next(thread, attr, start, arg);
}

static int before_rename(void *caller) {
  if (fails("kill", caller)) raise(SIGKILL);
  if (fails("appears", caller)) {
    int file = open(getenv("FAIL_PATH"), O_CREAT | O_WRONLY, 0600);
    if (file < 0 || write(file, "somebody", 8) != 8 || close(file)) abort();
  }
  if (fails("write", caller) || fails("rename", caller)) return errno = EIO, -1;
  return 0;
}

static long after_rename(long done, void *caller) {
  if (done == 0 && fails("killed", caller)) raise(SIGKILL);
  return done;
}

int rename(const char *from, const char *to) {
  NEXT(rename);
  return before_rename(CALLER) ? -1 : (int)after_rename(next(from, to), CALLER);
}

int linkat(int there, const char *from, int here, const char *to, int flags) {
  NEXT(linkat);
  return before_rename(CALLER) ? -1 : (int)after_rename(next(there, from, here, to, flags), CALLER);
}

long syscall(long number, ...) {
  NEXT(syscall);
  va_list all;
  va_start(all, number);
  long a[6];
  for (int at = 0; at < 6; at += 1) a[at] = va_arg(all, long);
  va_end(all);
  if (number != SYS_renameat2) return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  return before_rename(CALLER) ? -1 : after_rename(next(number, a[0], a[1], a[2], a[3], a[4], a[5]), CALLER);
}

void *malloc(size_t bytes) {
  return large(bytes) && fails("memory", CALLER) ? (errno = ENOMEM, NULL) : __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes) {
  return large(n * bytes) && fails("memory", CALLER) ? (errno = ENOMEM, NULL) : __libc_calloc(n, bytes);
}

void *realloc(void *at, size_t bytes) {
  return large(bytes) && fails("memory", CALLER) ? (errno = ENOMEM, NULL) : __libc_realloc(at, bytes);
}
