/* A Vulkan layer that makes the n-th call of a function fail for lack of device memory, or with FAIL_LOST for loss of
 * the device: FAIL_CALL names it, FAIL_NTH says which call, FAIL_MARK names a file that is then created; with FAIL_ON
 * all later calls fail too. The loader finds it by a manifest in VK_LAYER_PATH. Types are those of vulkan.h and
 * vk_layer.h, copied as far as they are needed, so that these headers need not be installed. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUT_OF_DEVICE_MEMORY = -2, INITIALIZATION_FAILED = -3, DEVICE_LOST = -4 };
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

static int fails(const char *call) {
  const char *wanted = getenv("FAIL_CALL"), *nth = getenv("FAIL_NTH"), *mark = getenv("FAIL_MARK");
  if (!wanted || !nth || !mark || strcmp(wanted, call)) return 0;
  long number = atomic_fetch_add(&count, 1) + 1;
  if (number != atol(nth) && !(getenv("FAIL_ON") && number > atol(nth))) return 0;
  int file = open(mark, O_CREAT | O_WRONLY, 0600);
  if (file >= 0) close(file);
  return 1;
}

static int32_t result(void) {
  return getenv("FAIL_LOST") ? DEVICE_LOST : OUT_OF_DEVICE_MEMORY;
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
  int32_t made = ((Create)below_instance(NULL, "vkCreateInstance"))(info, allocator, instance);
  instance_below = made == 0 ? *instance : NULL;
  return made;
}

static int32_t create_device(void *adapter, const Info *info, const void *allocator, void **device) {
  Link *link = link_of(info, DEVICE_LINK);
  if (!link) return INITIALIZATION_FAILED;
  below_device = link->of_device;
  typedef int32_t (*Create)(void *, const Info *, const void *, void **);
  return ((Create)link->of_instance(instance_below, "vkCreateDevice"))(adapter, info, allocator, device);
}

/* The calls that are counted: those that may lack memory. None takes more than six words. */
#define CALLS(call) \
  call(vkAllocateMemory) call(vkMapMemory) call(vkCreateBuffer) call(vkCreateCommandPool) \
  call(vkAllocateCommandBuffers) call(vkBeginCommandBuffer) call(vkEndCommandBuffer) call(vkCreateDescriptorPool) \
  call(vkAllocateDescriptorSets) call(vkCreateFence) call(vkCreateSemaphore) call(vkQueueSubmit) \
  call(vkWaitForFences) call(vkWaitSemaphores) call(vkCreateShaderModule) call(vkCreatePipelineLayout) \
  call(vkCreateComputePipelines) call(vkCreateDescriptorSetLayout)

typedef uintptr_t Word;
typedef int32_t (*Call)(Word, Word, Word, Word, Word, Word);

#define FAILING(name) \
  static Call name##_below; \
  static int32_t name(Word a, Word b, Word c, Word d, Word e, Word f) { \
    return fails(#name) ? result() : name##_below(a, b, c, d, e, f); \
  }
CALLS(FAILING)

static Function of_device(void *device, const char *name) {
  if (!strcmp(name, "vkGetDeviceProcAddr")) return (Function)of_device;
  Function found = below_device(device, name);
#define INSTEAD(call) \
  if (found && !strcmp(name, #call)) { \
    call##_below = (Call)found; \
    return (Function)call; \
  }
  CALLS(INSTEAD)
  return found;
}

static Function of_instance(void *instance, const char *name) {
  if (!strcmp(name, "vkGetInstanceProcAddr")) return (Function)of_instance;
  if (!strcmp(name, "vkGetDeviceProcAddr")) return (Function)of_device;
  if (!strcmp(name, "vkCreateInstance")) return (Function)create_instance;
  if (!strcmp(name, "vkCreateDevice")) return (Function)create_device;
  return below_instance ? below_instance(instance, name) : NULL;
}

__attribute__((visibility("default"))) int32_t vkNegotiateLoaderLayerInterfaceVersion(Negotiation *asked) {
  if (asked->version > 2) asked->version = 2;
  asked->of_instance = of_instance;
  asked->of_device = of_device;
  asked->of_physical_device = NULL;
  return 0;
}
