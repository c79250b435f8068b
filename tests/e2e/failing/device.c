/* A layer of Vulkan that lets the n-th allocation of device memory fail: FAIL_NTH says which, FAIL_MARK names a file
 * that is made when it happens; with FAIL_ON all that follow fail as well. The loader takes it from a manifest in VK_LAYER_PATH. Types are those of vulkan.h and
 * vk_layer.h, as far as they are needed: their headers need not be installed. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUT_OF_DEVICE_MEMORY = -2, INITIALIZATION_FAILED = -3 };
enum { INSTANCE_LINK = 47, DEVICE_LINK = 48 };

typedef void (*Function)(void);
typedef Function (*GetFunction)(void *, const char *);

/* One more layer below, and how to ask it. */
typedef struct Link {
  struct Link *next;
  GetFunction of_instance;
  GetFunction of_device;
} Link;

/* What both create infos begin with; those of the loader (LINK) go on so where `function` is 0. */
typedef struct Info {
  int32_t type;
  const struct Info *next;
  int32_t function;
  Link *link;
} Info;

typedef struct {
  int32_t type;
  void *next;
  uint32_t version;
  GetFunction of_instance, of_device, of_physical_device;
} Negotiation;

static void *instance_below;
static GetFunction below_instance, below_device;
static atomic_long count;

static int fails(void) {
  const char *nth = getenv("FAIL_NTH"), *mark = getenv("FAIL_MARK");
  if (!nth || !mark) return 0;
  long number = atomic_fetch_add(&count, 1) + 1;
  if (number != atol(nth) && !(getenv("FAIL_ON") && number > atol(nth))) return 0;
  int file = open(mark, O_CREAT | O_WRONLY, 0600);
  if (file >= 0) close(file);
  return 1;
}

/* Takes this layer's link off the chain, so that the next one finds its own. */
static Link *link_of(const Info *info, int32_t type) {
  for (info = info->next; info; info = info->next) {
    if (info->type != type || info->function != 0) continue;
    Link *link = info->link;
    ((Info *)info)->link = link->next;
    return link;
  }
  return NULL;
}

static int32_t create_instance(const Info *info, const void *allocator, void **instance) {
  Link *link = link_of(info, INSTANCE_LINK);
  if (!link) return INITIALIZATION_FAILED;
  below_instance = link->of_instance;
  typedef int32_t (*Create)(const Info *, const void *, void **);
  int32_t result = ((Create)below_instance(NULL, "vkCreateInstance"))(info, allocator, instance);
  instance_below = result == 0 ? *instance : NULL;
  return result;
}

static int32_t create_device(void *adapter, const Info *info, const void *allocator, void **device) {
  Link *link = link_of(info, DEVICE_LINK);
  if (!link) return INITIALIZATION_FAILED;
  below_device = link->of_device;
  typedef int32_t (*Create)(void *, const Info *, const void *, void **);
  return ((Create)link->of_instance(instance_below, "vkCreateDevice"))(adapter, info, allocator, device);
}

static int32_t allocate(void *device, const void *info, const void *allocator, void *memory) {
  if (fails()) return OUT_OF_DEVICE_MEMORY;
  typedef int32_t (*Allocate)(void *, const void *, const void *, void *);
  return ((Allocate)below_device(device, "vkAllocateMemory"))(device, info, allocator, memory);
}

static Function of_device(void *device, const char *name) {
  if (!strcmp(name, "vkGetDeviceProcAddr")) return (Function)of_device;
  if (!strcmp(name, "vkAllocateMemory")) return (Function)allocate;
  return below_device(device, name);
}

static Function of_instance(void *instance, const char *name) {
  if (!strcmp(name, "vkGetInstanceProcAddr")) return (Function)of_instance;
  if (!strcmp(name, "vkGetDeviceProcAddr")) return (Function)of_device;
  if (!strcmp(name, "vkCreateInstance")) return (Function)create_instance;
  if (!strcmp(name, "vkCreateDevice")) return (Function)create_device;
  if (!strcmp(name, "vkAllocateMemory")) return (Function)allocate;
  return below_instance ? below_instance(instance, name) : NULL;
}

__attribute__((visibility("default"))) int32_t vkNegotiateLoaderLayerInterfaceVersion(Negotiation *asked) {
  if (asked->version > 2) asked->version = 2;
  asked->of_instance = of_instance;
  asked->of_device = of_device;
  asked->of_physical_device = NULL;
  return 0;
}
