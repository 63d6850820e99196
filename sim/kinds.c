#include "sim/kinds.h"

#include "models/application.h"
#include "models/bridge.h"
#include "models/bus.h"
#include "models/chip.h"
#include "models/dispatch.h"
#include "models/host.h"
#include "models/host_dma.h"
#include "models/memory.h"
#include "models/port.h"
#include "models/processor.h"
#include "models/receive_dma.h"
#include "models/traffic.h"
#include "models/transmit_dispatch.h"
#include "models/transmit_dma.h"
#include "sim/measure.h"
#include "sim/settings.h"
#include "sim/sweep_section.h"

const struct part_kind *const part_kinds[] = {
    &settings_kind,
    &chip_kind,
    &port_kind,
    &dispatch_kind,
    &bus_kind,
    &memory_kind,
    &receive_dma_kind,
    &transmit_dma_kind,
    &host_dma_kind,
    &processor_kind,
    &transmit_dispatch_kind,
    &bridge_kind,
    &host_kind,
    &application_kind,
    &traffic_kind,
    &measure_kind,
    &sweep_section_kind,
    NULL,
};
