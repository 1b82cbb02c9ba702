// SPDX-License-Identifier: Apache-2.0
// What the pins must not do: each scenario ends with its fault. Part of the bench of the DPI views,
// for whose sizes it is compiled anew.
#ifndef FAULTS_H
#define FAULTS_H

/* A scenario must leave a fault whose text has `expected`, and the model must have called $finish.
 */
template <class Scenario> static void test_fault(const char *expected, Scenario scenario)
{
    Bench b("ideal");
    scenario(b);
    check(b.dpi.fault && strstr(b.dpi.fault, expected), expected, b.dpi.fault ? 1 : 0, 1);
    check(b.verilated->gotFinish() && b.dpi.stop, "stopped after a fault", 0, 1);
}

static void test_read_faults()
{
    test_fault("sample without int_reset", [](Bench &b) { b.top->sample = 1; b.cycle(); });
    test_fault("without int_reset before it", [](Bench &b) { b.top->int_en = 1; b.cycle(); });
    test_fault("row_on outside int_en", [](Bench &b) { b.row(0, true, false); b.cycle(); });
    test_fault("integration of 511 ticks",
               [](Bench &b) { one_read(b, 511); }); // 255 pulses of one tick and their pauses fit
    test_fault("integration of 0 ticks", [](Bench &b) {
        b.top->int_reset = 1;
        b.cycle();
        b.top->int_reset = 0;
        b.top->sample = 1;
        b.cycle();
    });
    test_fault("without a sample", [](Bench &b) { b.top->ramp_en = 1; b.cycle(); });
    test_fault("device code 3", [](Bench &b) {
        b.top->cell_sel = 3;
        b.top->int_reset = 1;
        b.cycle();
    });
    test_fault("cell_sel changes", [](Bench &b) {
        b.top->int_reset = 1;
        b.cycle();
        b.top->int_reset = 0;
        b.top->int_en = 1;
        b.cycle();
        b.top->cell_sel = 1;
        b.cycle();
    });
    test_fault("int_en in the cycle", [](Bench &b) {
        b.top->int_reset = b.top->int_en = 1;
        b.cycle();
    });
    test_fault("programmed during a read", [](Bench &b) {
        b.top->int_reset = 1;
        b.cycle();
        b.top->int_reset = 0;
        b.program(0, 0, 0, 0);
    });
}

static void test_pulse_faults()
{
    const auto begin_pulse = [](Bench &b) {
        b.row(0, true, false);
        b.top->pulse_start = 1;
        b.top->pulse_dev = 1;
        b.top->pulse_width = 3;
        b.cycle();
        b.top->pulse_start = 0;
    };
    test_fault("a pulse begins during a read", [=](Bench &b) {
        b.top->int_reset = 1;
        b.cycle();
        b.top->int_reset = 0;
        b.top->int_en = 1;
        begin_pulse(b);
    });
    test_fault("sample without int_reset", [=](Bench &b) {
        b.top->int_reset = 1;
        b.cycle();
        b.top->int_reset = 0;
        begin_pulse(b);
        for (int i = 0; i < 4; i++) b.cycle();
        b.row(0, false, false);
        b.top->sample = 1;
        b.cycle();
    });
    test_fault("a read begins during a pulse", [=](Bench &b) {
        begin_pulse(b);
        b.top->int_reset = 1;
        b.cycle();
    });
    test_fault("change during a pulse", [=](Bench &b) {
        begin_pulse(b);
        b.row(1, true, false);
        b.cycle();
    });
    test_fault("pulse_start before pulse_done", [=](Bench &b) {
        begin_pulse(b);
        b.top->pulse_start = 1;
        b.cycle();
    });
    test_fault("pulse: device code 0", [](Bench &b) {
        b.top->pulse_start = 1;
        b.cycle();
    });
}

static void test_register_faults()
{
    test_fault("code 16385", [](Bench &b) { b.program(0, 0, 0, 16385); });
    test_fault("device 2", [](Bench &b) { b.program(2, 0, 0, 0); });
    test_fault("MACRO_LSB = 0", [](Bench &b) { b.write(OHM_REG_MACRO_LSB, 0); one_read(b, 3); });
    test_fault("no C model", [](Bench &b) {
        b.top->id_b = 0x55;
        b.top->rst = 1;
        b.cycle();
        b.top->rst = 0;
        b.cycle();
    });
}

#endif
