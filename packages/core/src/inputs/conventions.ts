/** What a plane that lies beside an image of the sky holds. */
export type PlaneRole = 'weight' | 'variance' | 'error' | 'mask' | 'alpha' | 'coverage' | 'aside';

/**
 * How one archive, survey or program names the planes of an image. Words are the last part of a file's name (`X_wht.fits`
 * or `X wht.fits` beside `X_sci.fits`) and, unless `files` says that they are of files alone, whole EXTNAMEs. Letter case does not
 * matter; `*` stands for letters and digits.
 */
export interface Convention {
  survey: string;
  /** Words of the image; `.` is a file without such a word: `X.fits` beside `X.weight.fits`. */
  image: string;
  /** Relative inverse variance, or what is proportional to it. */
  weight?: string;
  variance?: string;
  /** Standard deviation. */
  error?: string;
  /** Bad pixels are not 0. */
  mask?: string;
  alpha?: string;
  /** How much of the sky's light each pixel got; weights only in mosaics of ours. */
  coverage?: string;
  /** Neither sky nor of use here: counts of exposures, models, residuals, the same sky once more. */
  aside?: string;
  /** The words are of file names or of EXTNAMEs alone; absent: of both. */
  only?: 'files' | 'extensions';
  /** What may follow the word in a file's name. */
  tail?: RegExp;
  /** A part of the tail in which an image and its planes may differ. */
  version?: RegExp;
  /** What stands before the word, where the words alone say too little. */
  head?: RegExp;
  /** What parts the word from the head, where not any of `.`, `_`, `-` and a space do. */
  joint?: RegExp;
  /** The words of planes stand in front of the image's name: `mask_X.fits` beside `X.fits`. */
  front?: true;
  /** Names that mean nothing else, so that a plane of another shape than its image is no tile either. */
  certain?: true;
  /** Words that mean so little that only a file on the very pixels of its image is a plane of it. */
  placed?: true;
}

// Data quality is often made anew: ooi_r_v1 with ood_r_v2.
const NOIRLAB = { only: 'files', tail: /_.*/, version: /_[a-z]+\d+(\.[a-z0-9]+)*$/ } as const;

/** MER stacks, whose names go on with the tile, and with a checksum and a date of each file. What bits are bad is not told. */
function euclid(band: string): Convention {
  const [image, error] = [`bgsub-mosaic-${band}`, `mosaic-${band}-rms`];
  const aside = `mosaic-${band}-flag bgmod-${band} mosaic-${band}-bkg`;
  return { survey: 'Euclid MER', image, error, aside, only: 'files', tail: /_tile\d+.*/, version: /-.*$/ };
}

/** The bands of Euclid, and those of the ground-based surveys that its tiles are made of as well. */
const EUCLID = `vis nir-y nir-j nir-h des-g des-r des-i des-z decam-u decam-g decam-r decam-i decam-z
  megacam-u megacam-r jpcam-g hsc-g hsc-z panstarrs-i`;

/** One row a convention, the special ones first: the first row that knows a name decides. */
export const CONVENTIONS: readonly Convention[] = [
  // NOIRLab community pipelines: DECam, Mosaic-3, 90Prime. Sky-subtracted images are the same sky once more.
  { survey: 'NOIRLab', image: 'ooi', weight: 'oow', mask: 'ood', aside: 'oki okw okd', ...NOIRLAB },
  { survey: 'NOIRLab resampled', image: 'opi', weight: 'opw', mask: 'opd', ...NOIRLAB },
  // The same sky stacked otherwise, and exposures.
  { survey: 'NOIRLab stack', image: 'osi', weight: 'osw', mask: 'osd', aside: 'osj osk ose', ...NOIRLAB },
  {
    survey: 'legacypipe',
    ...{ image: 'image', weight: 'invvar', mask: 'dqmask' },
    aside: 'maskbits nexp depth galdepth psfdepth galpsfsize psfsize model blobmodel resid chi2',
    ...{ only: 'files', tail: /-[a-z0-9]+/ },
  },
  // Of single exposures, in pixels of theirs.
  { survey: 'legacypipe', image: 'image', aside: 'outlier-mask', only: 'files', tail: /-[a-z0-9]+/, certain: true },
  // unWISE: -m with outliers masked, -u with them; -n counts exposures, -std is their scatter.
  {
    survey: 'unWISE',
    ...{ image: 'img-m img', weight: 'invvar-m invvar', aside: 'img-u invvar-u n-m n-u n std-m std-u std' },
    only: 'files',
  },
  // Of all bands, and not only of bad pixels: halos and ghosts of bright stars.
  { survey: 'unWISE', image: 'w*-img-m w*-img-u w*-img', aside: 'msk', only: 'files', certain: true },
  { survey: 'unWISE unmasked', image: 'img-u', weight: 'invvar-u', aside: 'n-u std-u', only: 'files' },
  {
    // Atlas images (-3) and single exposures (-1b).
    survey: 'WISE',
    ...{ image: 'int', error: 'unc', mask: 'msk', coverage: 'cov', only: 'files', tail: /-\d[a-z]?/ },
  },
  {
    survey: 'GALEX',
    ...{ image: 'int', weight: 'wt rrhr', mask: 'flags' },
    // The flags, the response and the sky have pixels of their own size.
    ...{ aside: 'intbgsub cnt skybg objmask movie rr scdose exp', only: 'files', certain: true },
  },
  { survey: 'Spitzer', image: 'maic', error: 'munc', mask: 'mmsk', aside: 'mcov mstd', only: 'files' },
  // One exposure before and after artefacts were corrected; each has errors of its own. bbmsk is of MIPS.
  { survey: 'Spitzer BCD', image: 'bcd', error: 'bunc', mask: 'bimsk bbmsk', aside: 'cbunc', only: 'files' },
  { survey: 'Spitzer BCD', image: 'cbcd', error: 'cbunc', mask: 'bimsk bbmsk', aside: 'bunc', only: 'files' },
  // The wt of Pan-STARRS is a variance.
  {
    survey: 'Pan-STARRS',
    ...{ image: '.', variance: 'wt', mask: 'mask', aside: 'num exp expwt' },
    ...{ head: /unconv|stk|wrp|skycell/, only: 'files' },
  },
  {
    survey: 'ZTF',
    image: 'sciimg',
    error: 'sciunc',
    mask: 'mskimg',
    aside: 'scimrefdiffimg diffimgpsf sciimgdaopsfcent',
    ...{ only: 'files', certain: true },
  },
  { survey: 'DES', image: 'immasked', aside: 'bkg', only: 'files' },
  // The weights of linmos; Taylor terms above the first are no sky. Weights have no `restored` in their names.
  {
    survey: 'ASKAP',
    ...{ image: 'image.i', weight: 'weights.i', error: 'noisemap.image.i', aside: 'residual.i meanmap.image.i' },
    ...{ only: 'files', tail: /\..+/, version: /\.restored.*$/ },
  },
  {
    survey: 'VLASS',
    ...{ image: 'image.pbcor.tt0.subim', error: 'image.pbcor.tt0.rms.subim', only: 'files' },
    aside: 'alpha.subim alpha.error.subim image.pbcor.tt1.subim image.pbcor.tt1.rms.subim',
  },
  { survey: 'MeerKAT', image: 'pbcorr', error: 'rms', aside: 'sensitivity', only: 'files' },
  // The masks of PyBDSF say where sources are.
  { survey: 'LoTSS', image: 'blanked', error: 'rms', aside: 'weights resid mask pybdsmmask', only: 'files' },
  // Images with an even noise; those that are divided by the beam are the same sky once more.
  {
    survey: 'WSClean',
    ...{ image: 'image', aside: 'image-pb dirty psf residual residual-pb model model-pb beam-*', only: 'files' },
  },
  {
    survey: 'DDFacet',
    image: 'app.restored',
    aside: `int.restored dirty dirty.corr psf norm normfacets app.residual int.residual app.model int.model
      app.convmodel int.convmodel`,
    only: 'files',
  },
  {
    survey: 'DDFacet',
    image: 'int.restored',
    aside: 'dirty dirty.corr psf norm normfacets int.residual int.model int.convmodel',
    only: 'files',
  },
  { survey: 'GLEAM', image: '.', aside: 'psfmap', only: 'files' },
  { survey: 'AKARI', image: '.', aside: 'nscan nsamp', only: 'files' },
  ...['mom0', 'mom1', 'mom2', 'ew'].map(
    (moment): Convention => ({ survey: 'PHANGS', image: moment, error: `e${moment}`, only: 'files' }),
  ),
  // Its masks are of stars and galaxies, not of bad pixels.
  ...['1', '2'].map(
    (channel): Convention => ({
      survey: 'S4G',
      image: `phot.${channel}`,
      error: `${channel}_sigma2014`,
      aside: `${channel}.final_mask`,
      only: 'files',
      joint: /\./,
    }),
  ),
  // Without their background, and filtered as well, they are the same sky once more. Of its masks it is not told what is bad.
  ...['100', '160', '250', '350', '500'].flatMap((band): Convention[] => [
    {
      survey: 'H-ATLAS',
      image: `raw${band}`,
      error: `sigma${band}`,
      aside: `backsub${band} fbacksub${band} mask${band}`,
      only: 'files',
    },
    {
      survey: 'H-ATLAS',
      image: `backsub${band}`,
      error: `sigma${band}`,
      aside: `fbacksub${band} mask${band}`,
      only: 'files',
    },
  ]),
  { survey: 'SCUBA-2', image: '.', error: 'noise', aside: 'snr', only: 'files' },
  { survey: 'ACT', image: 'map .', weight: 'ivar', aside: 'xlink', only: 'files' },
  { survey: 'GOODS', image: 'drz_img', weight: 'wht_img drz_wht', only: 'files' },
  // Calibrated frames, and their data quality under EXTNAME SCI.
  { survey: 'WFPC2', image: 'c0m c0f', mask: 'c1m c1f', only: 'files' },
  ...EUCLID.split(/\s+/).map(euclid),
  // Counts beside the fluxes that were made of them.
  { survey: 'Chandra', image: 'flux.img', aside: 'thresh.img thresh.expmap', only: 'files' },
  {
    survey: 'eROSITA',
    ...{ image: 'image', aside: 'exposuremap backgrimage detectionmask', only: 'files', tail: /_c\d+/ },
  },
  { survey: 'XMM', image: 'image', aside: 'expmap bkgmap detmask', only: 'files' },
  // P0123456789EPX000IMAGE_8000 and ...EXPMAP8000: the band follows, and nothing parts the words.
  {
    survey: 'XMM',
    ...{ image: 'image image_', aside: 'expmap bkgmap detmsk', only: 'files' },
    ...{ head: /^p\d/, joint: /(?:)/, tail: /\d{4}/ },
  },
  {
    survey: 'Chandra',
    ...{ image: 'fullimg3 img3', aside: 'bkgimg3 exp3', only: 'files', head: /^(acis|hrc)f/ },
  },
  { survey: 'ROSAT', image: 'im1 im2 im3', aside: 'bk1 bk2 bk3 mex', only: 'files', head: /^r[a-z]\d/ },
  { survey: 'Swift UVOT', image: 'sk', aside: 'ex', only: 'files', head: /^sw\d/ },
  // Products of one frame may have numbers of their own (u).
  {
    survey: 'PTF',
    ...{ image: 'scie', mask: 'mask', only: 'files', head: /^ptf_/, tail: /_t\d+_.*/, version: /_u\d+/ },
  },
  // Of one image without a word; the cube of masks has a plane for each kind of artefact.
  {
    survey: 'MIPSGAL',
    ...{ image: '024', coverage: 'covg_024', aside: 'std_024 maskcube_024', only: 'files', head: /^mg\d/ },
  },
  // Labels number the sources.
  ...['20', '50'].map(
    (size): Convention => ({
      survey: 'BGPS',
      image: `map${size}`,
      error: `noisemap${size}`,
      aside: `labelmask${size} nhitsmap${size}`,
      only: 'files',
    }),
  ),
  {
    survey: 'BlackGEM',
    ...{ image: 'red', mask: 'mask', aside: 'red_d red_scorr red_fpsf red_fpsferr red_limmag', only: 'files' },
    head: /^(bg|ml)\d_/,
  },
  // Of a few pixels.
  {
    survey: 'BlackGEM',
    ...{ image: 'red', aside: 'red_bkg_mini red_bkg_std_mini', only: 'files', head: /^(bg|ml)\d_/, certain: true },
  },
  // `X_1OFC.fits`, and the same with its sky subtracted; one weight for both.
  { survey: 'THELI', image: '.', weight: 'weight', aside: 'sub', only: 'files', head: /_\d+of[a-z]*$/ },
  { survey: 'THELI', image: 'sub', weight: 'weight', only: 'files', head: /_\d+of[a-z]*$/ },
  // Areas of the sky that each pixel got.
  { survey: 'Montage', image: '.', weight: 'area', only: 'files' },
  { survey: 'ZTF reference', image: 'refimg', error: 'refunc', aside: 'refcov', only: 'files' },
  { survey: 'KiDS', image: 'sci', weight: 'wei', mask: 'msk', only: 'files' },
  { survey: 'VISTA and WFCAM', image: '. st', weight: 'conf', only: 'files' },
  { survey: 'Herschel', image: 'img image', error: 'err error stdev', coverage: 'cov coverage', aside: 'exposure' },
  // CASA: alpha is a spectral index.
  {
    survey: 'CASA',
    ...{ image: 'image pbcor', aside: 'pb residual model psf sumwt alpha alpha.error beta', only: 'files' },
  },
  // Continuum: `X.cont.I.tt0.pbcor` beside `X.cont.I.pb.tt0`; its mask says where to clean.
  {
    survey: 'ALMA',
    image: 'tt0.pbcor',
    aside: 'pb.tt0 alpha alpha.error beta mask psf.tt0 residual.tt0 model.tt0 sumwt.tt0 tt1 tt1.pbcor',
    ...{ only: 'files', joint: /\./ },
  },
  {
    survey: 'CASA',
    image: 'image.tt0 image.tt0.pbcor',
    aside: 'alpha alpha.error beta pb.tt0 residual.tt0 model.tt0 psf.tt0 sumwt.tt0 image.tt1 residual.tt1 model.tt1',
    only: 'files',
  },
  // Its mask says where to clean. `X_image.fits` and `X_mask.fits` are of others.
  { survey: 'CASA', image: 'image pbcor image.tt0 image.tt0.pbcor', aside: 'mask', only: 'files', joint: /\./ },
  { survey: 'Siril', image: '.', aside: 'low_rejmap high_rejmap low+high_rejmap rejmap', only: 'files' },
  { survey: 'Siril', image: '.', aside: 'starless starmask', only: 'files', front: true },
  { survey: 'StarNet', image: '.', aside: 'starless starmask', only: 'files' },
  {
    survey: 'PixInsight',
    image: '.',
    weight: 'drizzle_weights',
    aside: 'rejection_low rejection_high slope_map',
    only: 'files',
  },
  // Its masks of cosmic rays are 1 where pixels are good.
  { survey: 'AstroDrizzle', image: 'single_sci', weight: 'single_wht', aside: 'crmask blt', only: 'files' },
  { survey: 'AstroDrizzle', image: 'flt flc', aside: 'crmask', only: 'files' },
  // The median of what was drizzled.
  { survey: 'AstroDrizzle', image: 'drz_sci drc_sci drz drc', aside: 'med drz_med drc_med', only: 'files' },
  // Images with their background subtracted are the same sky once more.
  { survey: 'CEERS', image: 'sci i2d', aside: 'bkgsub', only: 'files' },
  { survey: 'CEERS', image: 'bkgsub', weight: 'wht', error: 'err rms', only: 'files' },
  { survey: 'S-PLUS', image: 'swp', weight: 'swpweight', only: 'files' },
  { survey: 'Euclid', image: 'bgsub', error: 'rms', aside: 'flag bgmod', only: 'files' },
  { survey: 'Spitzer', image: 'mosaic', error: 'unc', mask: 'mask', coverage: 'cov', aside: 'std', only: 'files' },
  {
    survey: 'HST and JWST',
    ...{ image: 'sci drz drc i2d flc flt cal', weight: 'wht wmap', error: 'err', mask: 'dq msk' },
    // Labels number the sources, under EXTNAME SCI.
    aside: 'var_* con ctx area samp time hdrtab d2imarr wcsdvarr segm',
  },
  { survey: 'Euclid VIS', image: 'sci', error: 'rms', mask: 'flg', only: 'extensions' },
  // What was detected is no mask of bad pixels.
  {
    survey: 'Gnuastro',
    ...{ image: 'input-no-sky', error: 'sky_std', aside: 'detections objects clumps sky', only: 'extensions' },
  },
  {
    survey: 'legacypipe',
    ...{ image: 'image', aside: 'galdepth psfdepth psfsize galpsfsize blobmodel maskbits', only: 'extensions' },
  },
  { survey: 'ESO', image: 'data', variance: 'stat', mask: 'dq qual', only: 'extensions' },
  { survey: 'JCMT', image: 'data_array', mask: 'quality', aside: 'exp_time weights', only: 'extensions' },
  { survey: 'HELP', image: 'image', aside: 'nebfilt', only: 'extensions' },
  { survey: 'NOIRLab', image: 'image', weight: 'wtmap', mask: 'dqmask', aside: 'expmap', only: 'extensions' },
  {
    survey: 'NIKA2',
    ...{ image: 'brightness_*mm', weight: 'weight_*mm', error: 'stddev_*mm', aside: 'nhits_*mm snr_*mm' },
    only: 'extensions',
  },
  { survey: 'SPHEREx', image: 'image', aside: 'zodi', only: 'extensions' },
  { survey: 'AzTEC', image: 'signal', aside: 'kernel', only: 'extensions' },
  {
    survey: 'many',
    ...{ image: 'signal primary_image', aside: 'nhits hits depth sky template reference difference diff' },
    only: 'extensions',
  },
  // Its -BACKGROUND and -OBJECTS are the image without them, the same sky once more.
  {
    survey: 'SExtractor',
    ...{ image: '.', error: 'back_rms', aside: 'apertures objects back -background -objects', only: 'files' },
  },
  { survey: 'MUSTANG', image: 'map', error: 'noise', aside: 'snr hits', only: 'files' },
  { survey: 'HOTPANTS', image: '.', aside: 'diff', only: 'files' },
  { survey: 'many', image: '.', weight: 'weight wht wt', error: 'rms', mask: 'mask bpm', only: 'files', front: true },
  { survey: 'zemosaic', image: '.', weight: 'weight', coverage: 'coverage', alpha: 'alpha' },
  {
    survey: 'many',
    image: '. sci science drz drc img image int data',
    weight: `weight weights weightmap weight_map weight-map ivm wht wgt wt wei ivar invvar conf confmap whtmap wht_map
      ivarmap ivar_map invvar_map`,
    variance: 'var variance varmap var_map variance_map',
    error: `rms bkg_rms background_rms noise_map stddev err error errors sigma unc uncert uncertainty noise stdev std
      rmsmap rms_map errormap error_map errmap err_map sigmamap sigma_map noisemap`,
    mask: `mask masks badmask pixelmask msk flag flags bpm dq dqm ood badpix badpixmap badpix_map badpixels bad_pixels
      badpixelmap bad_pixel_map bad_pixel_mask flagmap flag_map flagsmap flags_map mask_map crmask`,
    coverage: 'coverage cov',
    aside: `exp expmap exposure exptime nexp nobs num cnt count counts chi2 model resid residual residuals psf seg segm
      segmap segmentation bkg bgd background objmask starmask exp_map`,
  },
  // Maps of good pixels are no masks: what they hold where a pixel is bad is 0, or nothing that is told.
  {
    survey: 'many',
    image: '. sci science drz drc img image int data',
    aside: 'sky bg snr valid good goodpix goodpixels goodmask validmask',
    ...{ only: 'files', placed: true },
  },
];

export const PLANE_ROLES = ['weight', 'variance', 'error', 'mask', 'alpha', 'coverage', 'aside'] as const;

export const wordsOf = (words: string | undefined) => (words ?? '').split(/\s+/).filter((word) => word !== '');

/** A word as a pattern: `*` is letters and digits. */
export const patternOf = (word: string) => word.replace(/[.+]/g, '\\$&').replaceAll('*', '[a-z0-9]+');
