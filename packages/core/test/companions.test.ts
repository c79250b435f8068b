import { describe, expect, test } from 'bun:test';
import { findCompanions } from '../src/inputs/companions.ts';

describe('companions', () => {
  const list = (names: string[]) => (dir: string) => (dir === 'd' ? names : []);
  const found = (tile: string, names: string[]) =>
    (findCompanions([`d/${tile}`], list(names)).get(`d/${tile}`) ?? []).map(({ path, role }) => `${role} ${path}`);

  test.each([
    ['x.fits', 'x.weight.fits'],
    ['X.FIT', 'x.WHT.fits.gz'],
    ['x.fits.fz', 'x_weight.fit'],
    ['c4d_1_ooi_z_ls9.S4.fits', 'c4d_1_oow_z_ls9.S4.fits'],
  ])('%s has the map %s', (tile, map) => {
    expect(found(tile, [tile, map])).toEqual([`weight d/${map}`]);
  });

  /** Names as each archive writes them: the image, then every file that it hands out beside it. */
  test.each<[string, ...string[]]>([
    ['c4d_150110_053718_ooi_r_v1.fits.fz', 'weight _oow_', 'mask _ood_', 'aside _oki_'],
    ['c4d_150110_053718_osi_r_v1.fits.fz', 'weight _osw_', 'mask _osd_'],
    ['hlsp_jades_f200w_sci.fits', 'weight _wht', 'error _err', 'aside _ctx'],
    ['j8xi01010_drz.fits', 'weight _wht', 'aside _ctx'],
    ['hlsp_frontier_f814w_drc.fits', 'weight _wht', 'error _rms'],
    ['rings.v3.skycell.1234.012.stk.g.unconv.fits', 'variance .wt', 'mask .mask', 'aside .num', 'aside .exp'],
    ['ztf_20200101_000123_zg_c01_o_q1_sciimg.fits', 'mask _mskimg', 'error _sciunc'],
    ['legacysurvey-0001p000-image-r.fits.fz', 'weight -invvar-', 'aside -nexp-', 'aside -chi2-', 'aside -maskbits'],
    ['v20100411_00123_st.fit', 'weight _conf'],
    ['NGA_M31-nd-int.fits', 'weight -rrhr', 'aside -cnt', 'mask -flags'],
    ['unwise-0000p000-w1-img-m.fits', 'weight -invvar-m', 'aside -n-m', 'aside -std-m', 'aside -img-u', 'aside -n-u'],
    ['0000m016_ac51-w1-int-3.fits', 'error -unc-', 'coverage -cov-'],
    ['red_img.fits', 'error _err', 'coverage _cov'],
    ['coadd.fits', 'weight .weight'],
    ['KiDS_DR4.0_0.0_-28.2_r_sci.fits', 'weight _wei', 'mask _msk'],
    ['SPITZER_I1_123_maic.fits', 'error _munc', 'aside _mcov'],
    ['ngc.image.fits', 'aside .pb', 'aside .residual', 'aside .alpha'],
    ['result.fit', 'aside _low_rejmap'],
  ])('%s: what lies beside it', (image, ...planes) => {
    const words = planes.map((plane) => plane.split(' ') as [string, string]);
    const names = words.map(([, word]) => {
      if (word === '-maskbits') return 'legacysurvey-0001p000-maskbits.fits.fz';
      if (word.startsWith('.') && image !== 'ngc.image.fits') return image.replace('.fits', `${word}.fits`);
      if (image === 'result.fit') return `result${word}.fit`;
      if (word === '_conf') return image.replace('.fit', '_conf.fit');
      return image
        .replace(/_oo[i]_|_osi_|[._-](sci|drz|drc|sciimg|image|int|img-m|img|maic)(?=[.-])/, word)
        .replace('--', '-');
    });
    const wanted = words.map(([role], at) => `${role} d/${names[at]}`).sort();
    expect(found(image, [image, ...names]).sort()).toEqual(wanted);
    // Nor is the image a plane of any of them.
    for (const name of names)
      expect(found(name, [image, ...names]).filter((one) => one.endsWith(`/${image}`))).toEqual([]);
  });

  test.each<[string, ...string[]]>([
    ['image.i.EMU.SB1.cont.taylor.0.restored.conv.fits', 'weight weights.i.EMU.SB1.cont.taylor.0.fits'],
    ['VLASS1.1.ql.I.image.pbcor.tt0.subim.fits', 'error VLASS1.1.ql.I.image.pbcor.tt0.rms.subim.fits'],
    ['h_sb_v2.0_drz_img.fits', 'weight h_sb_v2.0_wht_img.fits'],
    ['h_sb_v2.0_drz_img.fits', 'weight h_sb_v2.0_drz_wht.fits'],
    ['D00229650_g_c20_immasked.fits', 'aside D00229650_g_c20_bkg.fits'],
    ['s2.fits', 'error s2_noise.fits', 'aside s2_snr.fits'],
    ['act_f090_map.fits', 'weight act_f090_ivar.fits', 'aside act_f090_xlink.fits'],
    ['legacysurvey-1-image-g.fits.fz', 'aside legacysurvey-1-outlier-mask.fits.fz'],
    ['00720a1-w1-int-1b.fits', 'error 00720a1-w1-unc-1b.fits.gz', 'mask 00720a1-w1-msk-1b.fits.gz'],
    ['c4d_1_osi_r_v1.fits', 'aside c4d_1_osj_r_v1.fits', 'aside c4d_1_ose_r_v1.fits'],
    [
      'EUC_MER_BGSUB-MOSAIC-VIS_TILE102-AB_20241018Z_00.00.fits',
      'error EUC_MER_MOSAIC-VIS-RMS_TILE102-CD_20241019Z_00.00.fits',
      'aside EUC_MER_MOSAIC-VIS-FLAG_TILE102-EF_20241019Z_00.00.fits',
    ],
    ['EUC_MER_BGSUB-MOSAIC-NIR-Y_TILE102-AB.fits'],
    ['u2x01_c0m.fits', 'mask u2x01_c1m.fits'],
    ['j1_single_sci.fits', 'weight j1_single_wht.fits', 'aside j1_crmask.fits', 'aside j1_blt.fits'],
    ['masterLight.fits', 'aside masterLight_rejection_low.fits'],
    ['swire_I1_mosaic.fits', 'error swire_I1_unc.fits', 'coverage swire_I1_cov.fits'],
    ['EUC_VIS_1-BGSUB.fits', 'error EUC_VIS_1-RMS.fits', 'aside EUC_VIS_1-FLAG.fits'],
    ['STRIPE82-1_R_swp.fits', 'weight STRIPE82-1_R_swpweight.fits'],
    ['hdu0_t1.fits', 'weight hdu0_t1_area.fits'],
    ['SkyMapper_1_image.fits', 'mask SkyMapper_1_mask.fits'],
    ['ngc.image.fits', 'aside ngc.mask.fits'],
    ['ngc.image.tt0.fits', 'aside ngc.mask.fits', 'aside ngc.psf.tt0.fits'],
    ['f-MFS-image.fits', 'aside f-MFS-dirty.fits', 'aside f-MFS-image-pb.fits', 'aside f-MFS-beam-I.fits'],
    ['f.app.restored.fits', 'aside f.int.restored.fits', 'aside f.app.residual.fits', 'aside f.Norm.fits'],
    ['f.int.restored.fits', 'aside f.dirty.fits', 'aside f.int.model.fits', 'aside f.psf.fits'],
    ['mosaic-blanked.fits', 'aside mosaic.resid.fits', 'aside mosaic.pybdsmmask.fits', 'error mosaic.rms.fits'],
    ['sw00012345001uuu_sk.fits', 'aside sw00012345001uuu_ex.fits'],
    ['acisf01575_000N021_fullimg3.fits', 'aside acisf01575_000N021_bkgimg3.fits', 'aside acisf01575_000N021_exp3.fits'],
    ['P0123456789EPX000IMAGE8000.fits', 'aside P0123456789EPX000EXPMAP8000.fits'],
    ['P0123456789EPX000IMAGE_8000.fits', 'aside P0123456789EPX000BKGMAP8000.fits'],
    ['rs930600n00_im1.fits', 'aside rs930600n00_bk1.fits', 'aside rs930600n00_mex.fits'],
    [
      'PTF_201108232840_i_p_scie_t064905_u010664880_f02_p100037_c10.fits',
      'mask PTF_201108232840_i_p_mask_t064905_u010664882_f02_p100037_c10.fits',
    ],
    [
      'MG0100p005_024.fits',
      ...['coverage MG0100p005_covg_024.fits', 'aside MG0100p005_std_024.fits', 'aside MG0100p005_maskcube_024.fits'],
    ],
    [
      'v2.1_ds2_l000_13pca_map20.fits',
      'error v2.1_ds2_l000_13pca_noisemap20.fits',
      'aside v2.1_ds2_l000_13pca_labelmask20.fits',
      'aside v2.1_ds2_l000_13pca_nhitsmap20.fits',
    ],
    ['ML1_20200101_red.fits', 'mask ML1_20200101_mask.fits', 'aside ML1_20200101_red_bkg_std_mini.fits'],
    ['obj.fits', 'aside obj_apertures.fits', 'aside obj-objects.fits', 'aside obj_back.fits', 'aside obj_bkg.fits'],
    ['m_map.fits', 'error m_noise.fits', 'aside m_snr.fits', 'aside m_hits.fits'],
    ['M31.fit', 'aside starless_M31.fit', 'aside starmask_M31.fit'],
    ['M31.fit', 'aside M31_starless.fit', 'weight M31_drizzle_weights.fit', 'error M31_bkg_rms.fit'],
    ['img1.fits', 'mask bpm_img1.fits', 'weight weight_img1.fits', 'aside img1_diff.fits'],
    ['ceers_f115w_v0.51_bkgsub.fits', 'error ceers_f115w_v0.51_err.fits'],
    ['ceers_f115w_v0.51_sci.fits', 'aside ceers_f115w_v0.51_bkgsub.fits', 'weight ceers_f115w_v0.51_wht.fits'],
    ['j8xi_drz_sci.fits', 'aside j8xi_med.fits', 'weight j8xi_drz_wht.fits'],
    ['A_1OFC.sub.fits', 'weight A_1OFC.weight.fits'],
    ['A_1OFC.fits', 'weight A_1OFC.weight.fits', 'aside A_1OFC.sub.fits'],
    [
      'EUC_MER_BGSUB-MOSAIC-DES-G_TILE102-AB_2024.fits',
      'error EUC_MER_MOSAIC-DES-G-RMS_TILE102-CD_2024.fits',
      'aside EUC_MER_MOSAIC-DES-G-FLAG_TILE102-EF_2024.fits',
      'aside EUC_MER_BGMOD-DES-G_TILE102-GH_2024.fits',
    ],
    ['jw01_t001_nircam_f200w_i2d.fits', 'aside jw01_t001_nircam_f200w_segm.fits'],
    ['SPITZER_M1_1_6_bcd.fits', 'error SPITZER_M1_1_6_bunc.fits', 'mask SPITZER_M1_1_6_bbmsk.fits'],
    ['SPITZER_I1_1_6_cbcd.fits', 'error SPITZER_I1_1_6_cbunc.fits', 'aside SPITZER_I1_1_6_bunc.fits'],
    [
      'A001.NGC_sci.cont.I.tt0.pbcor.fits',
      ...['pb.tt0', 'alpha', 'alpha.error', 'mask'].map((word) => `aside A001.NGC_sci.cont.I.${word}.fits`),
    ],
    [
      'HATLAS_GAMA9_DR1_RAW250.FITS',
      'error HATLAS_GAMA9_DR1_SIGMA250.FITS',
      'aside HATLAS_GAMA9_DR1_MASK250.FITS',
      'aside HATLAS_GAMA9_DR1_BACKSUB250.FITS',
    ],
    [
      'NGC0628.phot.1.fits',
      'weight NGC0628.phot.1_wt.fits',
      'error NGC0628.1_sigma2014.fits',
      'aside NGC0628.1.final_mask.fits',
    ],
    ['ngc0628_co21_broad_mom0.fits', 'error ngc0628_co21_broad_emom0.fits'],
    ['015_WideS.fits', 'error 015_WideS_sigma.fits', 'aside 015_WideS_nScan.fits', 'aside 015_WideS_Nsamp.fits'],
    ['GLEAM_170-231MHz.fits', 'aside GLEAM_170-231MHz_psfmap.fits', 'aside GLEAM_170-231MHz_bkg.fits'],
    ['MegaPipe.1.2.G.MP9401.fits', 'aside MegaPipe.1.2.G.MP9401.sky.fits'],
    ['x.fits', 'error x_back_rms.fits', 'aside x_-background.fits'],
    ['j8xi_flt.fits', 'aside j8xi_crmask.fits'],
    [
      'x.fits',
      'mask x_crmask.fits',
      'mask x_badpix_map.fits',
      'mask x_bad_pixel_map.fits',
      'mask x_flags_map.fits',
      'aside x_goodpix.fits',
    ],
    ['x.fits', 'weight x_whtmap.fits', 'error x_rmsmap.fits', 'error x_sigma_map.fits', 'variance x_variance_map.fits'],
    ['x.fits', 'weight x_weight-map.fits', 'error x_error_map.fits', 'aside x_exp_map.fits', 'aside x_snr.fits'],
  ])('%s: whole names', (image, ...planes) => {
    const other = 'EUC_MER_MOSAIC-VIS-RMS_TILE103-CD.fits';
    const names = planes.map((plane) => plane.slice(plane.indexOf(' ') + 1));
    expect(found(image, [image, ...names, other]).sort()).toEqual(
      planes.map((plane) => plane.replace(' ', ' d/')).sort(),
    );
  });

  test.each([
    ['M31_ha.fits', 'M31_n.fits'],
    ['M31.fits', 'M31_n.fits'],
    ['M31.fits', 'M31_u.fits'],
    ['mask.fits', 'mask2.fits'],
    ['M31.fits', 'M33_mask.fits'],
    ['M31.fits', 'starless_M33.fits'],
    ['M31_red.fits', 'M31_mask.fits'],
    ['M31.fits', 'starlessM31.fits'],
    ['M31_sk.fits', 'M31_ex.fits'],
    ['M31_im1.fits', 'M31_mex.fits'],
    ['M31_image.fits', 'M31expmap.fits'],
    ['M31.fits', 'M31.sub.fits'],
  ])('beside %s, %s is an image like any other', (image, other) => {
    expect(found(image, [image, other])).toEqual([]);
  });

  test('no map for its neighbours or for the map itself', () => {
    const names = ['x.fits', 'x.weight.fits', 'y.fits'];
    expect(findCompanions(['d/y.fits', 'd/x.weight.fits'], list(names)).size).toBe(0);
  });

  test('the nearest name first, and none that is rather of another image', () => {
    const names = ['v1_st.fit', 'v1_st_tl.fit', 'v1_st_conf.fit', 'v1_st_tl_conf.fit'];
    expect(found('v1_st_tl.fit', names)).toEqual(['weight d/v1_st_tl_conf.fit']);
    expect(found('v1_st.fit', names)).toEqual(['weight d/v1_st_conf.fit']);
    const drizzled = ['x.fits', 'x_drz.fits', 'x_wht.fits', 'x_drz_wht.fits'];
    expect(found('x_drz.fits', drizzled)).toEqual(['weight d/x_drz_wht.fits', 'weight d/x_wht.fits']);
    const [nearest, other] = findCompanions(['d/x_drz.fits'], list(drizzled)).get('d/x_drz.fits') ?? [];
    expect([nearest?.foreign, other?.foreign]).toEqual([undefined, true]);
  });

  test('versions may differ, and the same is better', () => {
    const [image, planes] = ['c4d_1_2_ooi_r_v1.fits', ['c4d_1_2_oow_r_v2.fits', 'c4d_1_2_ood_r_v3.fits']];
    expect(found(image, planes)).toEqual(['weight d/c4d_1_2_oow_r_v2.fits', 'mask d/c4d_1_2_ood_r_v3.fits']);
    expect(found(image, ['c4d_1_2_oow_g_v1.fits'])).toEqual([]);
    const both = ['c4d_1_2_oow_r_v0.fits', 'c4d_1_2_oow_r_v1.fits'];
    expect(found(image, both)).toEqual(['weight d/c4d_1_2_oow_r_v1.fits', 'weight d/c4d_1_2_oow_r_v0.fits']);
  });

  test('one plane of all bands', () => {
    expect(found('unwise-1-w2-img-m.fits', ['unwise-1-msk.fits.gz'])).toEqual(['aside d/unwise-1-msk.fits.gz']);
  });

  test('inputs in a folder of their own, where they are of one image alone', () => {
    const folders: Record<string, string[]> = {
      d: ['a.fits', 'b.fits'],
      w: ['a.weight.fits', 'b.weight.fits'],
      e: ['b.fits'],
    };
    const paths = (dir: string) => (folders[dir] ?? []).map((name) => `${dir}/${name}`);
    const of = (...dirs: string[]) => {
      const all = findCompanions(dirs.flatMap(paths), (dir) => folders[dir] ?? []);
      return [...all].map(([image, planes]) => `${image}: ${planes.map(({ path }) => path).join(' ')}`);
    };
    expect(of('d')).toEqual([]);
    expect(of('d', 'w')).toEqual(['d/a.fits: w/a.weight.fits', 'd/b.fits: w/b.weight.fits']);
    expect(of('d', 'e', 'w').filter((one) => !one.endsWith(': '))).toEqual(['d/a.fits: w/a.weight.fits']);
    folders.d?.push('a.weight.fits');
    expect(of('d', 'w')[0]).toBe('d/a.fits: d/a.weight.fits');
  });

  test('the opacity plane of a split mosaic', () => {
    expect(found('m.fits', ['m.fits', 'm.alpha.fits'])).toEqual(['alpha d/m.alpha.fits']);
  });
});
